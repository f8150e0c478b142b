"""The providers' wire formats: the only place that imports pydantic-ai and the SDKs under it.

Everything here runs on the gateway's one event loop. It is imported by the first question, never before: a provider's
format takes two to three seconds of a processor, and 60 to 90 MiB.
"""
