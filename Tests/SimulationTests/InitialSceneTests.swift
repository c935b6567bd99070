import CMuJoCo
import Robots
import Testing

@testable import Simulation

@Suite("How episodes begin")
struct InitialSceneTests {
    @Test(
        "Nothing touches the robot, and what stands apart stands apart",
        arguments: TaskCatalogue.names.filter { $0 != FreeTask.name })
    func touchesNothing(name: String) throws {
        let robot = try TestRobot.panda()
        let variants = try #require(TaskCatalogue.tasks.first { $0.name == name }).variants
        for variant in variants {
            let task = try TaskCatalogue.task(named: name, variant: variant, robot: robot)
            var driver = try SimulatedRobot(task: task, robot: robot)
            for seed in (11_000..<11_400) as Range<UInt64> {
                let isLoaded = driver.reset(to: task.initialScene(seed: seed))
                #expect(isLoaded)
                mj_forward(driver.model, driver.data)
                let contacts = Self.contacts(of: driver)
                #expect(contacts.isEmpty, "\(name) \(variant) seed \(seed): \(contacts)")
            }
        }
    }

    /// What overlaps, by more than an object sinks into the table that it lies on.
    private static func contacts(of driver: borrowing SimulatedRobot) -> [String] {
        let model = driver.model
        return (0..<Int(driver.data.pointee.ncon)).compactMap { index in
            let contact = driver.data.pointee.contact[index]
            guard contact.dist < -1e-4 else { return nil }
            let bodies = [contact.geom.0, contact.geom.1].map { geom in
                String(
                    cString: mj_id2name(
                        model, Int32(mjOBJ_BODY.rawValue), model.pointee.geom_bodyid[Int(geom)]))
            }
            return "\(bodies[0])–\(bodies[1]) \(contact.dist)"
        }
    }
}
