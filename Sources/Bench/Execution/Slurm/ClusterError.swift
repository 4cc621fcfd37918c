import Files
import Foundation

/// The reason why work on a cluster stopped; every description is one line with the remedy.
public enum ClusterError: Error, Sendable {
  case ledger(LedgerError)
  case output(OutputError)
  case truth(TruthError)
  /// The base of a pair cannot measure on a node.
  case base(BenchError)
  /// The rows of an order could not be searched.
  case shard(Range<Int>, problem: String)
  /// A command of Slurm failed, with what it wrote.
  case command(name: String, output: String)
  /// The folder has no work, or this order is not there.
  case noWork(path: String)
  /// The folder was written by another version of the program.
  case otherVersion(path: String, version: Int, known: Int)
  /// A file of the folder does not have the expected contents.
  case damaged(path: String, problem: String)
  /// The work is for another program.
  case otherProgram(path: String, expected: String)
  /// The folder has the work of a run of another ledger.
  case otherLedger(path: String, results: String)
  /// The ledger would be on a network file system, where SQLite loses data.
  case networkFileSystem(folder: String, kind: String)
  /// Two measurements of one cell found different neighbours.
  case differingAnswers(cell: String, first: String, second: String)
  /// The job that looks at the first node ended without a result.
  case noProbe(job: Int, state: String, log: String)
  /// The description of a node was written by another program.
  case otherProbe(path: String)
  /// The file of a program is no longer the one that was started.
  case replacedProgram(path: String)
}

extension ClusterError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .ledger(let error): "\(error)"
    case .output(let error): "\(error)"
    case .truth(let error): "\(error)"
    case .base(let error): "\(error)"
    case .shard(let rows, let problem):
      "rows \(rows.lowerBound)..\(rows.upperBound): \(problem); run the same command again to search them again"
    case .command(let name, let output):
      "\(name): \(output.isEmpty ? "failed without a message" : output); check the options of the cluster with sinfo"
    case .noWork(let path): "\(path): there is no such work order; name the folder that run --on slurm has written"
    case .otherVersion(let path, let version, let known):
      "\(path): work of version \(version), and this program knows \(known); use the program that wrote it"
    case .damaged(let path, let problem): "\(path): \(problem); remove it, and --resume measures it again"
    case .otherProgram(let path, let expected):
      "\(path): the work is for the program with SHA-256 \(expected.prefix(12))…; run that one, or begin a new run"
    case .otherLedger(let path, let results):
      "\(path): has the work of a run in \(results); name another folder with --shared"
    case .networkFileSystem(let folder, let kind):
      "\(folder): is on \(kind), where a ledger may be damaged; name a local folder with --out, and let --shared name "
        + "the folder that the nodes share"
    case .differingAnswers(let cell, let first, let second):
      "\(cell): \(first) and \(second) found different neighbours; measure with --build-threads 1, or report a fault of "
        + "the index"
    case .noProbe(let job, let state, let log):
      "job \(job), which looks at the first node, ended as \(state) without a result; see \(log)"
    case .otherProbe(let path):
      "\(path): was written by another build of the program; run work \((path as NSString).deletingLastPathComponent) "
        + "probe on a node with this one"
    case .replacedProgram(let path):
      "\(path): was replaced while this command ran; start the command again"
    }
  }
}
