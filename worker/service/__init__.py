"""The service: processes, queue, schedule, chores, health."""
