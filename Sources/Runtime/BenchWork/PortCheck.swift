import Drivers
import Foundation
import Glibc

/// Looks whether serial ports can be used as they are: one check for each thing that can be wrong.
struct PortCheck {
    let list: PortList

    /// The ports that are plugged in; nothing where none is.
    func all() -> [DoctorJob.Check] {
        let ports = list.ports()
        return ports.isEmpty ? [] : [group(ports)] + ports.flatMap { checks($0, path: $0.path) }
    }

    /// One port.
    ///
    /// - Parameter path: As it was asked for.
    func checks(of path: String) -> [DoctorJob.Check] {
        guard FileManager.default.fileExists(atPath: path) else {
            return [
                DoctorJob.Check(
                    "port", [TransportError(path: path, kind: .missing).description], found: "",
                    remedy: "plug it in, and look with steadyhand find-port where it is")
            ]
        }
        let port = list.describe(path)
        return [group([port])] + checks(port, path: path)
    }

    private func checks(_ port: PortDescription, path: String) -> [DoctorJob.Check] {
        var checks = [
            DoctorJob.Check(
                "port", port.complaint.map { [$0] },
                found: [path, port.text].filter { !$0.isEmpty }.joined(separator: ", "),
                remedy: port.isPermitted
                    ? "end that program; a modem's driver is kept away by: sudo systemctl disable --now ModemManager"
                    : "sudo usermod -aG dialout $USER, and log in again")
        ]
        if let latency = port.latency {
            let timer = "/sys/bus/usb-serial/devices/\(port.device.split(separator: "/").last ?? "")/latency_timer"
            checks.append(
                DoctorJob.Check(
                    "latency timer", latency > 1 ? ["\(path): \(latency) ms"] : nil, found: "\(path): \(latency) ms",
                    remedy: "echo 1 | sudo tee \(timer)"))
        }
        return checks
    }

    /// Whether this user is in the groups that the ports belong to.
    private func group(_ ports: [PortDescription]) -> DoctorJob.Check {
        var groups = [gid_t](repeating: 0, count: 256)
        let count = getgroups(Int32(groups.count), &groups)
        let own = Set(groups.prefix(max(0, Int(count))) + [getegid()])
        let missing = Set(
            ports.compactMap { port -> String? in
                var status = stat()
                // What everybody may open needs no group.
                guard stat(port.device, &status) == 0, status.st_mode & 0o006 != 0o006, status.st_uid != geteuid(),
                    !own.contains(status.st_gid)
                else { return nil }
                return getgrgid(status.st_gid).map { String(cString: $0.pointee.gr_name) } ?? String(status.st_gid)
            })
        let isRoot = geteuid() == 0
        let names = missing.sorted().joined(separator: ", ")
        return DoctorJob.Check(
            "port group", missing.isEmpty || isRoot ? nil : ["this user is not in the group \(names)"],
            found: isRoot ? "not needed by root" : "this user may open the ports",
            remedy: "sudo usermod -aG \(names.isEmpty ? "dialout" : names) $USER, and log in again")
    }
}
