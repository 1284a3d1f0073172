"""Who is told of what one says is chosen among those who may read it, whatever is sent."""

import pytest

from pochin.coordination import reach
from pochin.coordination.models import Remark


@pytest.mark.parametrize("number", [1 << 63, 10**40, "²", "x", -1])
def test_nobody_of_such_a_number_is_told(vera, need, signed_in, number):
    address = f"/coordination/talk/{reach.token(need)}/"

    answer = signed_in(vera).post(address, {"text": "Да.", "told": str(number)})

    assert answer.status_code == 200
    assert answer.context["form"].errors["told"]
    assert not Remark.objects.exists()


def test_who_may_read_it_is_told(vera, nina, need, signed_in):
    address = f"/coordination/talk/{reach.token(need)}/"

    signed_in(vera).post(address, {"text": "Да.", "told": str(nina.pk)})

    assert list(Remark.objects.get().told.all()) == [nina]
