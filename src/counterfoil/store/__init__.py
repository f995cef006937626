"""What Counterfoil remembers: one module per family of tables, one function per question.

Store functions are plain functions over a transaction (`Tx`), so they have one colour on both databases, and no HTTP
call can ever sit inside a transaction.
"""
