"""Stores, who works there, and who buys."""

from typing import Any
from uuid import uuid4

import factory
from factory.django import DjangoModelFactory

from security.models import InboxEvent, User
from tenants.models import Customer, Guild, Member, Tenant
from tenants.states import Role
from tests.factories.base import NOON, StoreRow, numbered, snowflake


class TenantFactory(DjangoModelFactory[Tenant]):
    """A store; it stands outside every scope, as when a seller opens one."""

    class Meta:
        model = Tenant
        database = "platform"

    slug = numbered("store-{}")
    name = factory.LazyAttribute(lambda tenant: tenant.slug.title())
    created_at = NOON


class UserFactory(DjangoModelFactory[User]):
    """Somebody with a Discord account who signed in."""

    class Meta:
        model = User

    username = numbered("user{}")
    discord_id = snowflake(700_000_000_000_000_000)


class MemberFactory(StoreRow[Member]):
    """Somebody who works in the store."""

    class Meta:
        model = Member

    user = factory.SubFactory(UserFactory)
    role = Role.OWNER
    created_at = NOON


class GuildFactory(StoreRow[Guild]):
    """A Discord server of the store; the bot is not there yet."""

    class Meta:
        model = Guild

    discord_id = snowflake(800_000_000_000_000_000)
    name = numbered("Server {}")
    created_at = NOON


class CustomerFactory(StoreRow[Customer]):
    """A buyer as the store knows them."""

    class Meta:
        model = Customer

    discord_id = snowflake(900_000_000_000_000_000)
    username = "ayu"
    created_at = NOON


class InboxEventFactory(StoreRow[InboxEvent]):
    """News from outside that waits for a worker; `target` is whom it is for."""

    class Meta:
        model = InboxEvent

    source = "tripay"
    target = factory.LazyFunction(uuid4)
    event_key = numbered("event-{}")
    body = b"{}"
    received_at = NOON
    due_at = NOON


def make_tenant(slug: str) -> Tenant:
    return TenantFactory(slug=slug)


def make_user(username: str = "", **fields: Any) -> User:
    if username:
        fields["username"] = username
    return UserFactory(**fields)


def make_member(role: Role = Role.OWNER, *, user: User | None = None) -> Member:
    return MemberFactory(role=role, **({"user": user} if user else {}))


def make_guild(discord_id: int | None = None, **fields: Any) -> Guild:
    if discord_id:
        fields["discord_id"] = discord_id
    return GuildFactory(**fields)


def make_customer(username: str = "ayu", **fields: Any) -> Customer:
    return CustomerFactory(username=username, **fields)
