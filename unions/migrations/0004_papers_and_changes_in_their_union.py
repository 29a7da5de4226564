"""Papers and steps of a membership stay in its union."""

from django.db import migrations

from core.tenancy import SameUnion


class Migration(migrations.Migration):
    dependencies = [("unions", "0003_reserved_words")]

    operations = [
        SameUnion("membershippaper", "membership"),
        SameUnion("membershipchange", "membership"),
    ]
