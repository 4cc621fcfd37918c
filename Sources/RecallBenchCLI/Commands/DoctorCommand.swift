import Bench
import Reports

/// `recallbench doctor`: describes the machine and lists what would disturb a measurement on it.
enum DoctorCommand: Command {
  static let description = CommandDescription(
    "doctor", "show the machine, and what would disturb a measurement on it", examples: ["doctor"])

  static func run(_ arguments: Arguments) throws {
    try Console.print(MachineExporter.text(.current(provenance: .current(commit: arguments.program.commit))))
  }
}
