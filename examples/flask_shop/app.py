"""A small shop: products, and orders that take their pieces from stock."""

import os

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import ForeignKey, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

app = Flask(__name__)
engine = create_engine(os.environ["DATABASE_URL"], pool_size=4, max_overflow=0)
# Without the lock, two requests read the same stock, and both sell the last piece.
LOCK = bool(os.environ.get("FIXED"))


class Base(DeclarativeBase):
    """The tables of the shop."""


class Product(Base):
    """Something to buy. `delivered`: pieces that ever came in; `stock`: pieces left."""

    __tablename__ = "products"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    delivered: Mapped[int]
    stock: Mapped[int]


class Order(Base):
    """Pieces of one product, sold to one customer."""

    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey(Product.id), index=True)
    customer: Mapped[str]
    quantity: Mapped[int]


@app.get("/health")
def check_health() -> ResponseReturnValue:
    """Say that the process answers."""
    return {"status": "up"}


@app.get("/products/<int:product_id>")
def show_product(product_id: int) -> ResponseReturnValue:
    """One product and what is left of it."""
    with Session(engine) as session:
        product = session.get(Product, product_id)
        if product is None:
            return {"code": "unknown_product"}, 404
        return {"id": product.id, "name": product.name, "stock": product.stock}


@app.get("/products")
def list_products() -> ResponseReturnValue:
    """The ids of all products."""
    with Session(engine) as session:
        return jsonify([product.id for product in session.query(Product).order_by(Product.id)])


@app.post("/orders")
def place_order() -> ResponseReturnValue:
    """Sell pieces of a product while there are enough."""
    wanted = request.get_json()
    with Session(engine) as session:
        product = session.get(Product, wanted["product_id"], with_for_update=LOCK)
        if product is None:
            return {"code": "unknown_product"}, 404
        if product.stock < wanted["quantity"]:
            return {"code": "sold_out"}, 409
        product.stock = product.stock - wanted["quantity"]
        order = Order(product_id=product.id, customer=wanted["customer"], quantity=wanted["quantity"])
        session.add(order)
        session.commit()
        return {"id": order.id, "product_id": order.product_id, "quantity": order.quantity}, 201
