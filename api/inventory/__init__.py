"""Orders and inventory (seed document 001): the last items in stock, and money that adds up."""
