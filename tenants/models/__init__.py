"""Stores, the people who run them and the people who buy from them."""

from tenants.models.customer import Customer
from tenants.models.guild import Guild
from tenants.models.handover import Handover
from tenants.models.health import HealthProof, ProofRun
from tenants.models.invitation import Invitation
from tenants.models.member import Member
from tenants.models.tenant import Tenant

__all__ = [
    "Customer",
    "Guild",
    "Handover",
    "HealthProof",
    "Invitation",
    "Member",
    "ProofRun",
    "Tenant",
]
