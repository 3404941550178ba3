from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0010_test_money")]

    operations = [
        migrations.AlterField(
            model_name="unmatchedmoney",
            name="reason",
            field=models.CharField(
                choices=[
                    ("out_of_stock", "Came late, stock was gone"),
                    ("wrong_amount", "Not the amount that was asked for"),
                    ("already_paid", "The order was already paid"),
                    ("underpaid", "Less than was asked for"),
                    ("overpaid", "More than was asked for"),
                    ("wallet_full", "The buyer's balance is full"),
                    ("asked_back", "Balance that its buyer wants back"),
                ],
                max_length=14,
            ),
        ),
    ]
