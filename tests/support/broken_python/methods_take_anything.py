class MethodsTakeAnything:
    """Nothing is checked before the instrument gets it."""

    def set_power(self, watts, **more): ...
