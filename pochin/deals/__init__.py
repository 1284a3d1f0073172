"""Deals: what follows from a decision to scale: terms, approvals, a contract, money, a roll-out."""
