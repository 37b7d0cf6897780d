"""The service: processes, queue, schedule, chores, watched inboxes, health."""
