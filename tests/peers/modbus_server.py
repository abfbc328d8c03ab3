"""A Modbus server of pymodbus with two units: modbus_server.py PORT tcp|rtu, or modbus_server.py PATH serial"""

import asyncio
import sys

from pymodbus import FramerType
from pymodbus.datastore import ModbusDeviceContext, ModbusSequentialDataBlock, ModbusServerContext
from pymodbus.server import ModbusSerialServer, ModbusTcpServer


def unit(bath):
    # The first value of a block is that of the number 0 on the wire.
    registers = [0] * 300
    registers[5] = bath
    registers[6:8] = 0x41AC, 0x0000  # 21.5 as a float32
    holding = [0] * 300
    holding[10] = 200
    block = lambda values: ModbusSequentialDataBlock(1, values)
    return ModbusDeviceContext(
        co=block([False] * 32), di=block([True] + [False] * 31), ir=block(registers), hr=block(holding)
    )


async def main(address, kind):
    context = ModbusServerContext(devices={1: unit(213), 2: unit(0x10000 - 55)}, single=False)
    if kind == "serial":
        server = ModbusSerialServer(context, framer=FramerType.RTU, port=address, baudrate=19200)
    else:
        framer = FramerType.SOCKET if kind == "tcp" else FramerType.RTU
        server = ModbusTcpServer(context, framer=framer, address=("127.0.0.1", int(address)))
    await server.serve_forever(background=True)
    print("listening", flush=True)
    await asyncio.Event().wait()


asyncio.run(main(sys.argv[1], sys.argv[2]))
