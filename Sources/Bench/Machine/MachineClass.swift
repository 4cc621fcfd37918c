import Foundation
import VectorCore

/// The properties of a machine that must be equal before times that two machines measured may be compared.
public struct MachineClass: Sendable, Hashable, Codable {
  /// The processor's model name.
  public var cpu: String
  /// The instruction set of the kernels.
  public var simd: String
  /// The processors that this process may use, which is fewer than the machine has within a set of processors.
  public var processors: Int
  /// The memory in GiB, rounded, because equal machines differ by some MiB.
  public var memoryGiB: Int
  /// Whether two threads share a core; `nil` when the system does not report it.
  public var hasSMT: Bool?
  /// The governor of the clock frequency; empty in most virtual machines.
  public var governor: String

  /// The class of a machine whose description was read in this process.
  public init(_ machine: Machine) {
    cpu = machine.provenance.cpu
    simd = machine.provenance.simd
    processors = UsableProcessors.count
    memoryGiB = Int((Double(machine.memoryBytes) / 0x1p30).rounded())
    hasSMT = machine.hasSMT
    governor = machine.governor
  }

  /// The first difference to another class, in words such as `its processor is A, not B`; `nil` when there is none.
  public func difference(from other: MachineClass) -> String? {
    func differ<Value: Equatable>(_ what: String, _ one: Value, _ two: Value) -> String? {
      one == two ? nil : "its \(what) is \(one), not \(two)"
    }
    func text(_ smt: Bool?) -> String { smt.map { $0 ? "on" : "off" } ?? "unknown" }
    return differ("processor", cpu, other.cpu) ?? differ("instruction set", simd, other.simd)
      ?? differ("number of processors", processors, other.processors)
      ?? differ("memory in GiB", memoryGiB, other.memoryGiB) ?? differ("SMT", text(hasSMT), text(other.hasSMT))
      ?? differ("governor", governor, other.governor)
  }
}

extension MachineClass: CustomStringConvertible {
  public var description: String {
    "\(cpu), \(simd), \(processors) processors, \(memoryGiB) GiB"
      + (hasSMT == true ? ", SMT" : "") + (governor.isEmpty ? "" : ", governor \(governor)")
  }
}

/// The node of a cluster on which a job measured.
public struct ClusterNode: Sendable, Equatable, Codable {
  /// The node's name.
  public var name: String
  /// The job, such as `17_4` for task 4 of the array 17.
  public var job: String
  public var machineClass: MachineClass
  /// The seconds of the reference search before and after the build and its cells; empty before they are known.
  public var referenceSeconds: [Double] = []
}
