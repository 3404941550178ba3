from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0011_balance_asked_back"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="moneypolicy",
            name="policy_raise_is_whole",
        ),
        migrations.AddConstraint(
            model_name="moneypolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    raised_from__isnull=True,
                    raised_refund_approval__isnull=True,
                    raised_surplus_approval__isnull=True,
                )
                | models.Q(
                    raised_from__isnull=False,
                    raised_refund_approval__isnull=False,
                    raised_refund_approval__gte=0,
                    raised_surplus_approval__isnull=False,
                    raised_surplus_approval__gte=0,
                ),
                name="policy_raise_is_whole",
            ),
        ),
    ]
