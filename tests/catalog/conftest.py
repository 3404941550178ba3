"""What tests about products share."""

from tests.bystanders import bystanders

__all__ = ["bystanders"]
