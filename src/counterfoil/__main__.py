"""`python -m counterfoil` is the `counterfoil` command."""

from counterfoil.cli.main import app

if __name__ == "__main__":
    app()
