"""A command: a function with the parameters that typer reads."""


def hello(name: str = "simulation") -> None:
    """Say hello."""
    print(f"hello, {name}")
