"""What can happen to agreements; commitments and amendments have lives of their own."""

# In the order of the story: so the moves stand on every page.
from pochin.agreements.lifecycle.course import (
    all_have_answered,
    all_have_approved,
    all_have_signed,
    life,
    open_remarks,
    term_has_begun,
    term_is_over,
)

# isort: split
from pochin.agreements.lifecycle.writing import (
    add_annex,
    add_party,
    begin,
    edit,
    put_document,
    remove_annex,
    remove_clause,
    remove_party,
    write_clause,
)

# isort: split
from pochin.agreements.lifecycle.negotiating import (
    accept_words,
    answer_remark,
    approve,
    ask_approvals,
    fix,
    note_answers,
    object_to,
    open_approvals,
    propose,
    remark,
    send,
    show_again,
    take_back,
)

# isort: split
from pochin.agreements.lifecycle.signing import (
    conclude,
    enter_from_paper,
    enter_into_force,
    sign,
)

# isort: split
from pochin.agreements.lifecycle.keeping import (
    break_off,
    drop,
    end_with_term,
    expire,
    prolong,
    renew,
    successors,
    terminate,
)

__all__ = [
    "accept_words",
    "add_annex",
    "add_party",
    "all_have_answered",
    "all_have_approved",
    "all_have_signed",
    "answer_remark",
    "approve",
    "ask_approvals",
    "begin",
    "break_off",
    "conclude",
    "drop",
    "edit",
    "end_with_term",
    "enter_from_paper",
    "enter_into_force",
    "expire",
    "fix",
    "life",
    "note_answers",
    "object_to",
    "open_approvals",
    "open_remarks",
    "prolong",
    "propose",
    "put_document",
    "remark",
    "remove_annex",
    "remove_clause",
    "remove_party",
    "renew",
    "send",
    "show_again",
    "sign",
    "successors",
    "take_back",
    "term_has_begun",
    "term_is_over",
    "terminate",
    "write_clause",
]
