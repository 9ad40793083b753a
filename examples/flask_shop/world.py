"""`python world.py --products 20 --stock 100`: empty the shop of DATABASE_URL and fill its shelves."""

import argparse
import random

from app import Base, Product, engine
from sqlalchemy.orm import Session

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--products", type=int, default=20)
parser.add_argument("--stock", type=int, default=100)
parser.add_argument("--seed", type=int, default=1)
given = parser.parse_args()
draw = random.Random(given.seed)

Base.metadata.drop_all(engine)
Base.metadata.create_all(engine)
with Session(engine) as session:
    for number in range(1, given.products + 1):
        pieces = draw.randint(given.stock // 2, given.stock)
        session.add(Product(name=f"Product {number}", delivered=pieces, stock=pieces))
    session.commit()
