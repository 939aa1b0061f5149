// A folder that has no sources of its own is still a target.
