"""Stores, the people who run them and the people who buy from them."""

from tenants.models.customer import Customer
from tenants.models.guild import Guild
from tenants.models.health import HealthProof
from tenants.models.member import Member
from tenants.models.tenant import Tenant

__all__ = ["Customer", "Guild", "HealthProof", "Member", "Tenant"]
