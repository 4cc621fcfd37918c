import Bench
import Foundation
import RecallBenchCLI

/// `recallbench` for tests alone: it orders what `RECALLBENCH_TEST_FAULTS` says to go wrong in what it measures.
///
/// `crash@ivf-flat(nlist=8)|slow=1.5@head`: see `Disturbance`. Every record of it says so.
@main
enum Program {
  static func main() {
    let text = ProcessInfo.processInfo.environment["RECALLBENCH_TEST_FAULTS"] ?? ""
    guard let disturbances = Disturbance.list(parsing: text) else {
      FileHandle.standardError.write(Data("RECALLBENCH_TEST_FAULTS: '\(text)' is no list of disturbances\n".utf8))
      exit(2)
    }
    RecallBench(disturbances: disturbances).main()
  }
}
