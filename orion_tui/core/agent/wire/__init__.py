"""The providers' wire formats: the only place that imports pydantic-ai and the SDKs under it.

Everything here runs on the gateway's one event loop. It is imported by the first question, never before: it costs a
second and a hundred megabytes.
"""
