"""What the two stand-ins share: time, seeded ids, a journal of exchanges, faults as data and a webhook postman.

The kit knows neither QuickBooks nor the CRM; it is asyncio, httpx, Starlette and uvicorn and nothing else.
"""
