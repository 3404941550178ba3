from typing import ClassVar

from django.db import models

from payments.models.order import Order
from payments.states import BuyerNews, UnreachedStatus
from ppob.kit.ids import new_id
from ppob.kit.tenant_rows import TenantForeignKey, TenantRow
from tenants.models import Customer, Tenant


class UnreachedBuyer(TenantRow):
    """A buyer whom no message reaches: somebody of the store has to tell them.

    `news` is the first thing that did not arrive, `count` how many by now. There is one
    open row per buyer and order (or per buyer, for news about no order). It ends when
    staff told them (`told`) or the buyer read it on the web (`read`).
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    public_id = models.UUIDField(default=new_id, unique=True, editable=False)
    customer = TenantForeignKey(Customer, models.PROTECT, related_name="unreached")
    order = TenantForeignKey(
        Order, models.PROTECT, null=True, blank=True, related_name="unreached"
    )
    news = models.CharField(max_length=20, choices=BuyerNews)
    count = models.PositiveIntegerField(default=1)
    status = models.CharField(
        max_length=8, choices=UnreachedStatus, default=UnreachedStatus.OPEN
    )
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=80, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "customer", "order"],
                condition=models.Q(status=UnreachedStatus.OPEN),
                nulls_distinct=False,
                name="unreached_open_once",
            ),
            models.CheckConstraint(
                condition=models.Q(news__in=BuyerNews.values),
                name="unreached_news_known",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=UnreachedStatus.values),
                name="unreached_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(count__gte=1), name="unreached_count_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    status=UnreachedStatus.OPEN, closed_at=None, closed_by=""
                )
                | ~models.Q(status=UnreachedStatus.OPEN)
                & models.Q(closed_at__isnull=False)
                & ~models.Q(closed_by=""),
                name="unreached_open_or_closed",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["tenant", "due_at"],
                condition=models.Q(status=UnreachedStatus.OPEN),
                name="unreached_open",
            ),
        ]

    @property
    def more(self) -> int:
        """How many messages besides the first did not arrive."""
        return self.count - 1

    def __str__(self) -> str:
        return f"{self.news} ({self.count})"
