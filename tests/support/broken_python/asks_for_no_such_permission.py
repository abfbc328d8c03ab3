from labdaemon.driver import driver


@driver(net=["no host:no port"])
class AsksForNoSuchPermission:
    """Asks for an address that is none."""
