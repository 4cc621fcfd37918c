public import CKernels

/// The speed of the kernels on this machine beside the limits of the machine, as shown by `recallbench kernels`.
///
/// Every figure is the median of five short rounds on one thread. The limit of a kernel is the lesser of bandwidth ×
/// its operations per byte and the peak of multiply-adds (Williams, Waterman and Patterson, "Roofline", CACM 2009,
/// doi:10.1145/1498765.1498785).
public struct KernelReport: Codable, Sendable {
  /// The limits by instruction set.
  public var limits: [KernelLimits]
  public var measurements: [KernelMeasurement]

  /// Measures the kernels of the given tables at the given dimensions, each at least 64.
  ///
  /// Takes 512 MiB of memory and about 4 s a table.
  public static func measure(
    tables: [rbk_kernel_table] = Kernels.used,
    dimensions: [Int] = [128, 384, 960]
  ) -> KernelReport {
    var report = KernelReport(limits: [], measurements: [])
    let workingSets = WorkingSets()
    for table in tables {
      let limits = KernelLimits.measure(table, workingSets)
      report.limits.append(limits)
      for dimension in dimensions {
        for scan in KernelScan.all {
          for level in MemoryLevel.allCases {
            report.measurements.append(scan.measure(table, dimension, level, limits, workingSets))
          }
        }
        report.measurements.append(KernelBlockScan.measure(table, dimension, limits, workingSets))
      }
    }
    return report
  }
}

/// The part of the memory hierarchy that holds the rows that a kernel reads.
public enum MemoryLevel: String, CaseIterable, Codable, CodingKeyRepresentable, Sendable {
  /// 512 KiB, read repeatedly.
  case l2 = "L2"
  /// 16 MiB, read repeatedly.
  case l3 = "L3"
  /// 512 MiB, read in turns, which exceeds most last-level caches. A larger cache is measured as this level.
  case dram = "DRAM"

  /// The size of the working set in bytes.
  public var byteCount: Int {
    switch self {
    case .l2: 512 << 10
    case .l3: 16 << 20
    case .dram: 512 << 20
    }
  }
}

/// The limits of this machine with one instruction set on one thread.
public struct KernelLimits: Codable, Sendable {
  public var instructionSet: String
  /// The peak of multiply-adds in registers, two operations each.
  public var peakGigaflopsPerSecond: Double
  /// The bandwidth of a plain sequential read, by level.
  public var readGigabytesPerSecond: [MemoryLevel: Double]

  static func measure(_ table: rbk_kernel_table, _ sets: WorkingSets) -> KernelLimits {
    let rounds = 200_000
    let peak = medianSeconds { _ = table.multiply_add_chains(rounds) }
    var bandwidth: [MemoryLevel: Double] = [:]
    for level in MemoryLevel.allCases {
      let (passes, bytes) = sets.round(level)
      let seconds = medianSeconds {
        for _ in 0..<passes { _ = table.read_stream(sets.next(level).assumingMemoryBound(to: Float.self), bytes / 4) }
      }
      bandwidth[level] = Double(passes * bytes) / seconds * 1e-9
    }
    return KernelLimits(
      instructionSet: table.instructionSet,
      peakGigaflopsPerSecond: Double(rounds * table.flops_a_round) / peak * 1e-9,
      readGigabytesPerSecond: bandwidth)
  }
}

/// The measurement of one kernel at one dimension over rows at one level.
public struct KernelMeasurement: Codable, Sendable {
  /// The name of the member of `rbk_kernel_table`.
  public var kernel: String
  public var instructionSet: String
  /// The number of components of a row: bits for hamming, codes for product codes (`pq4_scan`, `pq8_scan`).
  public var dimension: Int
  /// The level that holds the rows; `nil` for many-to-many kernels, whose operands stay in the caches.
  public var level: MemoryLevel?
  /// The time for one row and one query in nanoseconds.
  public var nanosecondsPerRow: Double
  /// The bytes of rows read per second.
  public var gigabytesPerSecond: Double
  /// The floating-point operations: 3 per component for squared L2, 2 for dot and L1; `nil` for integer kernels.
  public var gigaflopsPerSecond: Double?
  /// The share of the limit that is reached: of the bandwidth for integer kernels, otherwise of the roofline.
  public var shareOfLimit: Double
}

/// The median of five rounds, after a first round that is not counted because caches are cold.
func medianSeconds(_ body: () -> Void) -> Double {
  body()
  let clock = ContinuousClock()
  let rounds = (0..<5).map { _ in clock.measure(body) }.sorted()
  return rounds[2] / .seconds(1)
}
