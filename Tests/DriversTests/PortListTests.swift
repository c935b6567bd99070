import Drivers
import Foundation
import Testing

/// Folders of a machine with adapters plugged in.
final class FakeMachine {
    let path = NSTemporaryDirectory() + "steadyhand-\(UUID().uuidString)"
    var list: PortList { PortList(devices: path + "/dev", system: path + "/sys", processes: path + "/proc") }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ text: String, to name: String) throws {
        let file = URL(filePath: "\(path)/\(name)")
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    func link(_ name: String, to target: String) throws {
        let folder = URL(filePath: "\(path)/\(name)").deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: "\(path)/\(name)", withDestinationPath: target)
    }

    /// An adapter as the kernel shows it: a device, its USB device above it, and a name that stays.
    func plug(_ device: String, vendor: String, product: String, label: [String], id: String) throws {
        try write("", to: "dev/\(device)")
        let usb = "sys/devices/pci0/usb1/1-2"
        try write(vendor + "\n", to: "\(usb)-\(device)/idVendor")
        try write(product + "\n", to: "\(usb)-\(device)/idProduct")
        try write(label[0] + "\n", to: "\(usb)-\(device)/manufacturer")
        try write(label[1] + "\n", to: "\(usb)-\(device)/product")
        try write("", to: "\(usb)-\(device)/1-2:1.0/port")
        try link("sys/class/tty/\(device)/device", to: "\(path)/\(usb)-\(device)/1-2:1.0")
        try link("dev/serial/by-id/\(id)", to: "../../\(device)")
    }
}

@Suite struct PortListTests {
    @Test func adaptersAreListedWithWhatTheKernelKnowsOfThem() throws {
        let machine = FakeMachine()
        try machine.write("", to: "dev/ttyS0")
        try machine.plug(
            "ttyUSB10", vendor: "0403", product: "6014", label: ["FTDI", "U2D2"], id: "usb-FTDI_U2D2-port0")
        try machine.plug("ttyUSB2", vendor: "0403", product: "6001", label: ["FTDI", "x"], id: "usb-FTDI_x-port0")
        try machine.plug(
            "ttyACM0", vendor: "1a86", product: "55d3", label: ["1a86", "USB Single\u{1b}[31m Serial"],
            id: "usb-1a86_5A46-if00")
        try machine.write("16\n", to: "sys/bus/usb-serial/devices/ttyUSB10/latency_timer")
        let ports = machine.list.ports()
        #expect(ports.map { URL(filePath: $0.device).lastPathComponent } == ["ttyACM0", "ttyUSB2", "ttyUSB10"])
        let board = try #require(ports.first)
        #expect(board.path == machine.path + "/dev/serial/by-id/usb-1a86_5A46-if00")
        #expect(board.text == "\(machine.path)/dev/ttyACM0, 1a86 USB Single[31m Serial (1a86:55d3)")
        #expect(board.isPermitted && board.owner == nil && board.latency == nil && board.complaint == nil)
        #expect(ports[2].latency == 16)
    }

    @Test func whoHasAPortIsNamed() throws {
        let machine = FakeMachine()
        try machine.plug("ttyUSB0", vendor: "0403", product: "6001", label: ["FTDI", "x"], id: "usb-x")
        try machine.write("ModemManager\n", to: "proc/812/comm")
        try machine.link("proc/812/fd/7", to: machine.path + "/dev/ttyUSB0")
        try machine.link("proc/90/fd/7", to: "/dev/null")
        let port = machine.list.describe(machine.path + "/dev/serial/by-id/usb-x")
        #expect(port.owner == "ModemManager (process 812)")
        #expect(port.complaint?.hasSuffix("usb-x: in use by ModemManager (process 812); end that first") == true)
    }

    @Test func aMachineWithoutAdaptersHasNoPorts() {
        #expect(PortList(devices: "/nowhere", system: "/nowhere", processes: "/nowhere").ports().isEmpty)
    }
}
