"""What the world buys: the nomenclature of goods, trade between countries, rates, distances."""
