"""Adapters to payment gateways: they return facts and never touch our tables."""
