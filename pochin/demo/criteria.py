"""The criteria of the demonstration's programmes."""

CRITERIA = [
    {"code": "benefit", "weight": 40, "ru": "Польза для почты", "en": "Benefit for the post",
     "low_ru": "не видна", "low_en": "not visible", "high_ru": "число и источник", "high_en": "a number and its source"},
    {"code": "readiness", "weight": 35, "ru": "Готовность к испытанию", "en": "Readiness for a trial",
     "low_ru": "идея", "low_en": "an idea", "high_ru": "работает у других", "high_en": "works elsewhere"},
    {"code": "price", "weight": 25, "ru": "Цена внедрения", "en": "Cost of adoption",
     "low_ru": "неизвестна", "low_en": "unknown", "high_ru": "посчитана", "high_en": "worked out"},
]  # fmt: skip
