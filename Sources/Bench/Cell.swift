/// One point of a sweep.
