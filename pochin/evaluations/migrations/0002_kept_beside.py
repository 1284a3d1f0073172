"""Keep the effect of the primary metric beside the document of each result."""

from django.db import migrations, models

Z = 1.959963984540054


def kept(result):
    """What `evaluations.alike` kept of a result when this was written."""
    row = next(one for one in result["metrics"] if one["metric"]["role"] == "primary")
    metric, effect, decision = row["metric"], row["effect"], result["decision"]
    ends = {round(one["level"], 3): (one["low"], one["high"]) for one in effect["intervals"]}
    low, high = ends.get(0.95, (None, None))
    is_known = effect["estimate"] is not None and None not in (low, high) and high > low
    by_lot = decision["evidence_class"] in ("I", "II")
    if decision["verdict"] == "invalid" or not by_lot or not is_known:
        return {"measure": "", "likened": None}
    name = " ".join((metric["name"] or metric["code"]).split())
    parts = (name, metric["unit"], metric["kind"], metric["direction"], metric["scale"])
    sign = -1 if metric["direction"] == "lower" else 1
    likened = [sign * effect["estimate"], (high - low) / (2 * Z)]
    return {"measure": "\n".join(parts), "likened": likened}


def keep(apps, schema_editor):
    evaluations = apps.get_model("evaluations", "Evaluation").objects
    for one in evaluations.only("result").iterator(chunk_size=50):
        evaluations.filter(pk=one.pk).update(**kept(one.result))


class Migration(migrations.Migration):
    dependencies = [("evaluations", "0001_initial")]

    operations = [
        migrations.AddField(
            "evaluation", "measure", models.TextField(blank=True, default="", editable=False)
        ),
        migrations.AddField("evaluation", "likened", models.JSONField(editable=False, null=True)),
        migrations.RunPython(keep, migrations.RunPython.noop),
    ]
