"""What a company holds before anybody writes to it."""
