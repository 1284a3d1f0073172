"""Pages of pilots: the pilot itself, its plan, and the parts that other pages lay out too."""
