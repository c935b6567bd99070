#!/usr/bin/python3
"""Talks to an emulated robot with the makers' own software.

usage: tools/check_emulator.py feetech|dynamixel|robotiq PORT

The Feetech port has six STS3215 with ids 1 to 6, of which 2 reports an overload and 3 a supply of 3 V; the Dynamixel port the
Koch arm's motors, of which 5 reports an overload; the Robotiq port a 2F-85 with id 9. Prints what differs from what the makers'
manuals say, a line each, and then one JSON object. Ends with 0 only if nothing does. Needs tools/setup.
"""

import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / ".deps" / "python"))


class Checks:
    """What was looked at, and what was not as it should be."""

    def __init__(self):
        self.count = 0
        self.wrong = []

    def __call__(self, what, found, wanted):
        self.count += 1
        if found != wanted:
            self.wrong.append(what)
            print(f"{what}: {found!r}, it should be {wanted!r}")

    def near(self, what, found, wanted, by):
        self.count += 1
        if abs(found - wanted) > by:
            self.wrong.append(what)
            print(f"{what}: {found}, it should be within {by} of {wanted}")

    def finish(self):
        print(json.dumps({"checks": self.count, "wrong": self.wrong}))
        return 1 if self.wrong else 0


def feetech(path, check):
    """With Feetech's own SDK (feetech-servo-sdk)."""
    import scservo_sdk as sdk

    # It waits 34 ms for a reply, and takes one that comes later for the next: too short on a machine that is busy.
    sdk.port_handler.LATENCY_TIMER = 250
    port = sdk.PortHandler(path)
    check("the port opens", port.openPort() and port.setBaudRate(1_000_000), True)
    bus = sdk.PacketHandler(0)
    ids = range(1, 7)

    for motor in ids:
        check(f"ping {motor}", bus.ping(port, motor)[:2], (777, sdk.COMM_SUCCESS))
    check("ping of nobody", bus.ping(port, 9)[1], sdk.COMM_RX_TIMEOUT)
    check("supply in tenths of a volt", bus.read1ByteTxRx(port, 1, 62), (121, sdk.COMM_SUCCESS, 0))
    # The data of a reply with an error are good.
    check("model with an overload", bus.read2ByteTxRx(port, 2, 3), (777, sdk.COMM_SUCCESS, 0x20))
    check("model with too low a supply", bus.read2ByteTxRx(port, 3, 3), (777, sdk.COMM_SUCCESS, 0x01))
    check("status register", bus.read1ByteTxRx(port, 2, 65)[0], 0x20)

    # What is kept without power is written while it is unlocked and the torque is off.
    good = (sdk.COMM_SUCCESS, 0)
    check("unlock", bus.write1ByteTxRx(port, 1, 55, 0), good)
    check("write a gain", bus.write1ByteTxRx(port, 1, 21, 20), good)
    check("read the gain", bus.read1ByteTxRx(port, 1, 21)[0], 20)
    check("write two bytes", bus.write2ByteTxRx(port, 1, 16, 900), good)
    check("read two bytes", bus.read2ByteTxRx(port, 1, 16)[0], 900)
    check("lock", bus.write1ByteTxRx(port, 1, 55, 1), good)
    present = {motor: bus.read2ByteTxRx(port, motor, 56)[0] for motor in ids}
    check("the first goal is where it is", bus.write2ByteTxRx(port, 1, 42, present[1]), good)
    check("torque on", bus.write1ByteTxRx(port, 1, 40, 1), good)
    bus.write1ByteTxRx(port, 1, 21, 30)
    check("a gain under torque stays", bus.read1ByteTxRx(port, 1, 21)[0], 20)
    bus.write1ByteTxRx(port, 1, 40, 0)

    # A registered write waits for its action.
    goal = present[6] + 5
    check("registered write", bus.regWriteTxRx(port, 6, 42, 2, [goal & 0xFF, goal >> 8])[0], sdk.COMM_SUCCESS)
    check("before the action", bus.read2ByteTxRx(port, 6, 42)[0] == goal, False)
    bus.action(port, sdk.BROADCAST_ID)
    check("after the action", bus.read2ByteTxRx(port, 6, 42)[0], goal)

    # Goals and torque with one request each, and then all positions with one.
    goals = dict(present)
    goals[1] += 250
    goals[5] -= 300
    write = sdk.GroupSyncWrite(port, bus, 42, 2)
    for motor in ids:
        write.addParam(motor, [goals[motor] & 0xFF, goals[motor] >> 8])
    check("sync write of goals", write.txPacket(), sdk.COMM_SUCCESS)
    torque = sdk.GroupSyncWrite(port, bus, 40, 1)
    for motor in (1, 4, 5, 6):
        torque.addParam(motor, [1])
    check("sync write of torque", torque.txPacket(), sdk.COMM_SUCCESS)
    read = sdk.GroupSyncRead(port, bus, 56, 15)
    for motor in ids:
        read.addParam(motor)
    end = time.monotonic() + 20
    while time.monotonic() < end:
        check("sync read", read.txRxPacket(), sdk.COMM_SUCCESS)
        if all(abs(read.getData(motor, 56, 2) - goals[motor]) <= 20 for motor in (1, 5)):
            break
        time.sleep(0.05)
    for motor in (1, 5):
        check.near(f"motor {motor} has gone there", read.getData(motor, 56, 2), goals[motor], 20)
    check("temperature by sync read", 25 <= read.getData(4, 63, 1) <= 45, True)
    port.closePort()


def dynamixel(path, check):
    """With ROBOTIS' own SDK (dynamixel-sdk)."""
    import dynamixel_sdk as sdk

    # As for Feetech's.
    sdk.port_handler.LATENCY_TIMER = 250
    port = sdk.PortHandler(path)
    check("the port opens", port.openPort() and port.setBaudRate(1_000_000), True)
    bus = sdk.PacketHandler(2.0)
    ids = range(1, 7)
    models = {1: 1060, 2: 1060, 3: 1200, 4: 1200, 5: 1200, 6: 1200}
    alert = 0x80

    for motor in ids:
        error = alert if motor == 5 else 0
        check(f"ping {motor}", bus.ping(port, motor), (models[motor], sdk.COMM_SUCCESS, error))
    check("ping of nobody", bus.ping(port, 9)[1], sdk.COMM_RX_TIMEOUT)
    found, result = bus.broadcastPing(port)
    check("ping of all", ({motor: entry[0] for motor, entry in found.items()}, result), (models, sdk.COMM_SUCCESS))
    check("hardware error", bus.read1ByteTxRx(port, 5, 70), (0x20, sdk.COMM_SUCCESS, alert))

    good = (sdk.COMM_SUCCESS, 0)
    check("write what is kept", bus.write2ByteTxRx(port, 3, 38, 900), good)
    check("read what is kept", bus.read2ByteTxRx(port, 3, 38), (900, sdk.COMM_SUCCESS, 0))
    present = {motor: bus.read4ByteTxRx(port, motor, 132)[0] for motor in ids}
    check("torque on", bus.write1ByteTxRx(port, 1, 64, 1), good)
    check("mode under torque: access error", bus.write1ByteTxRx(port, 1, 11, 4)[1], 7)
    check("torque off", bus.write1ByteTxRx(port, 1, 64, 0), good)
    check("a goal beyond its limits: limit error", bus.write4ByteTxRx(port, 1, 116, 5000)[1], 6)
    check("torque of 2: range error", bus.write1ByteTxRx(port, 1, 64, 2)[1], 4)
    # Bytes that have to be stuffed on the way there: FF FF FD.
    check("extended mode", bus.write1ByteTxRx(port, 4, 11, 4), good)
    check("a goal in the fourth turn", bus.write4ByteTxRx(port, 4, 116, 16_383), good)
    check("that goal", bus.read4ByteTxRx(port, 4, 116)[0], 16_383)
    bus.write4ByteTxRx(port, 4, 116, present[4])

    # One request, and one reply of each, or one of all.
    read = sdk.GroupSyncRead(port, bus, 126, 10)
    for motor in (1, 2, 3, 4, 6):
        read.addParam(motor)
    for name, ask in (("sync read", read.txRxPacket), ("fast sync read", read.fastSyncRead)):
        check(name, ask(), sdk.COMM_SUCCESS)
        for motor in (1, 2, 3, 4, 6):
            check.near(f"{name}, motor {motor}", read.getData(motor, 132, 4), present[motor], 40)
    bulk = sdk.GroupBulkRead(port, bus)
    bulk.addParam(1, 144, 2)
    bulk.addParam(3, 146, 1)
    check("bulk read", bulk.txRxPacket(), sdk.COMM_SUCCESS)
    check("supply by bulk read", bulk.getData(1, 144, 2), 120)
    check("temperature by bulk read", 25 <= bulk.getData(3, 146, 1) <= 45, True)

    goals = {1: present[1] + 250, 6: present[6] + 150}
    write = sdk.GroupSyncWrite(port, bus, 116, 4)
    torque = sdk.GroupSyncWrite(port, bus, 64, 1)
    for motor, goal in goals.items():
        write.addParam(motor, list(goal.to_bytes(4, "little")))
        torque.addParam(motor, [1])
    check("sync write of torque", torque.txPacket(), sdk.COMM_SUCCESS)
    check("sync write of goals", write.txPacket(), sdk.COMM_SUCCESS)
    end = time.monotonic() + 20
    while time.monotonic() < end:
        now = {motor: bus.read4ByteTxRx(port, motor, 132)[0] for motor in goals}
        if all(abs(now[motor] - goals[motor]) <= 20 for motor in goals):
            break
        time.sleep(0.05)
    for motor, goal in goals.items():
        check.near(f"motor {motor} has gone there", now[motor], goal, 20)

    check("reboot", bus.reboot(port, 5)[0], sdk.COMM_SUCCESS)
    check("no alert any more", bus.read1ByteTxRx(port, 5, 70), (0, sdk.COMM_SUCCESS, 0))
    port.closePort()


def robotiq(path, check):
    """With pymodbus."""
    from pymodbus import FramerType
    from pymodbus.client import ModbusSerialClient

    client = ModbusSerialClient(port=path, framer=FramerType.RTU, baudrate=115_200, timeout=1)
    check("the port opens", client.connect(), True)
    gripper = {"device_id": 9}

    first = client.read_input_registers(0x07D0, count=3, **gripper)
    check("function 4 before activation", first.isError() or (first.registers[0] >> 8) & 0x31, 0)
    same = client.read_holding_registers(0x07D0, count=3, **gripper)
    check("function 3 says the same", same.isError() or same.registers, first.registers)
    check("activate with function 16", client.write_registers(0x03E8, [0x0100, 0, 0], **gripper).isError(), False)
    end = time.monotonic() + 20
    while time.monotonic() < end:
        status = client.read_input_registers(0x07D0, count=1, **gripper).registers[0] >> 8
        if status >> 4 & 3 == 3:
            break
        time.sleep(0.05)
    check("active", status >> 4 & 3, 3)
    # Close, fully and fast.
    check("go", client.write_registers(0x03E8, [0x0900, 0x00FF, 0xFFFF], **gripper).isError(), False)
    while time.monotonic() < end:
        words = client.read_input_registers(0x07D0, count=3, **gripper).registers
        if words[0] >> 14 == 3:
            break
        time.sleep(0.05)
    check("at its place", words[0] >> 14, 3)
    check("echo of the goal", words[1] & 0xFF, 255)
    check.near("position", words[2] >> 8, 227, 4)
    both = client.readwrite_registers(
        read_address=0x07D0, read_count=3, write_address=0x03E8, values=[0x0900, 0, 0xFFFF], **gripper)
    check("function 23", both.isError() or len(both.registers), 3)
    wrong = client.read_holding_registers(0x0100, count=1, **gripper)
    check("an address that is not there: exception 2", wrong.isError() and wrong.exception_code, 2)
    client.close()


def main():
    families = {"feetech": feetech, "dynamixel": dynamixel, "robotiq": robotiq}
    if len(sys.argv) != 3 or sys.argv[1] not in families:
        print(__doc__, file=sys.stderr)
        return 64
    check = Checks()
    families[sys.argv[1]](sys.argv[2], check)
    return check.finish()


if __name__ == "__main__":
    sys.exit(main())
