public import CKernels

/// What the kernels reach on this machine beside what the machine can do: the numbers of `recallbench kernels`.
///
/// Every figure is the median of five short rounds on one thread. A kernel is limited by the smaller of bandwidth ×
/// its operations a byte and the multiply-add peak (Williams, Waterman and Patterson, "Roofline", CACM 2009,
/// doi:10.1145/1498765.1498785).
public struct KernelReport: Codable, Sendable {
  /// By instruction set.
  public var limits: [KernelLimits]
  public var measurements: [KernelMeasurement]

  /// Measures the given tables at the given dimensions, each at least 64.
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

/// Where the rows lie that a kernel reads.
public enum MemoryLevel: String, CaseIterable, Codable, CodingKeyRepresentable, Sendable {
  /// 512 KiB, read again and again.
  case l2 = "L2"
  /// 16 MiB, read again and again.
  case l3 = "L3"
  /// 512 MiB, read in turns, so beyond most last-level caches; a larger cache is seen as this level.
  case dram = "DRAM"

  /// The size of the working set.
  public var byteCount: Int {
    switch self {
    case .l2: 512 << 10
    case .l3: 16 << 20
    case .dram: 512 << 20
    }
  }
}

/// The best this machine does with one instruction set on one thread.
public struct KernelLimits: Codable, Sendable {
  public var instructionSet: String
  /// Multiply-adds in registers, two operations each.
  public var peakGigaflopsPerSecond: Double
  /// A plain read stream, by level.
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

/// One kernel at one dimension over rows at one level.
public struct KernelMeasurement: Codable, Sendable {
  /// The member of `rbk_kernel_table`.
  public var kernel: String
  public var instructionSet: String
  /// Components of a row; for hamming bits, for product codes (`pq4_scan`, `pq8_scan`) codes.
  public var dimension: Int
  /// Where the rows lie; nil for many-to-many, whose operands stay in the caches.
  public var level: MemoryLevel?
  /// Nanoseconds for one row and one query.
  public var nanosecondsPerRow: Double
  /// Bytes of rows read.
  public var gigabytesPerSecond: Double
  /// Floating-point operations: 3 a component for squared L2, 2 for dot and L1; nil for integer kernels.
  public var gigaflopsPerSecond: Double?
  /// The share of the limit reached: of the bandwidth for integer kernels, else of the roofline.
  public var shareOfLimit: Double
}

/// The median of five rounds; what stays cold the first time is not counted.
func medianSeconds(_ body: () -> Void) -> Double {
  body()
  let clock = ContinuousClock()
  let rounds = (0..<5).map { _ in clock.measure(body) }.sorted()
  return rounds[2] / .seconds(1)
}
