import Bench

/// `recallbench work`: carries out one order of a work folder, as a job of a cluster does.
enum WorkCommand: Command {
  static let description = CommandDescription(
    "work", "carry out one order of a work folder, as a job of a cluster does",
    arguments: [
      Argument(.folder("FOLDER"), "the work folder that run --on slurm has written"),
      Argument(.text("N"), "the number of the order, or `probe` to describe this node"),
    ],
    notes: """
      The result is in FOLDER/results/N when the command ends with code 0. It is complete or not there at all. When the
      order has a result already, nothing is done; when another job publishes one meanwhile, both are kept.

      Slurm is not needed: any program that runs the command once for each number does the same, such as an Indexed Job
      of Kubernetes. A machine of another class than the first one refuses the order: the command then ends with code 1 and
      leaves a note in FOLDER/refused.
      """,
    examples: ["work shared/run-1 0"])

  static func run(_ arguments: Arguments) throws {
    let (folder, order) = (arguments.positionals[0], arguments.positionals[1])
    let worker = ClusterWorker(folder, catalog: arguments.program.catalog, commit: arguments.program.commit)
    if order == "probe" { return try worker.probe() }
    guard let number = Int(order), number >= 0 else {
      throw UsageError.invalidValue(option: "N", value: order, expected: "a number from 0 on, or probe")
    }
    switch try worker.work(on: number) {
    case .published(let place): try Console.print("\(place)\n")
    case .alreadyPublished: Console.note("order \(number) has a result already\n")
    case .refused(let reason): throw RefusedOrder(number: number, reason: reason)
    }
  }
}

/// This machine is of another class than an order requires.
struct RefusedOrder: Error, CustomStringConvertible {
  let number: Int
  let reason: String

  var description: String {
    "order \(number) is refused, because this machine differs from the first one: \(reason); run it on another machine"
  }
}
