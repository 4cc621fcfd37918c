import CKernels

/// The memory on which kernels are measured: for every element type, each element is an ordinary number near one.
final class WorkingSets {
  private let base: UnsafeMutableRawPointer
  /// Tables of product codes, for as many codes as the greatest dimension of the report.
  let zeroTables = UnsafeMutablePointer<UInt8>.allocate(capacity: 1 << 20)
  private var turn = 0

  init() {
    base = .allocate(byteCount: MemoryLevel.dram.byteCount, alignment: 4096)
    // The bit pattern is 1.00390625 as float32, and 1.875 as float16.
    base.initializeMemory(as: UInt32.self, repeating: 0x3f80_3f80, count: MemoryLevel.dram.byteCount / 4)
    zeroTables.initialize(repeating: 0, count: 1 << 20)
  }

  deinit {
    base.deallocate()
    zeroTables.deallocate()
  }

  /// The number of bytes that one pass reads, and the number of passes in a round of some milliseconds.
  func round(_ level: MemoryLevel) -> (passes: Int, bytes: Int) {
    level == .dram ? (1, 32 << 20) : ((32 << 20) / level.byteCount, level.byteCount)
  }

  /// The start of the next pass: the same bytes for a cache, the least recently read bytes for DRAM.
  func next(_ level: MemoryLevel) -> UnsafeRawPointer {
    guard level == .dram else { return UnsafeRawPointer(base) }
    let bytes = round(level).bytes
    turn = (turn + 1) % (level.byteCount / bytes)
    return UnsafeRawPointer(base) + turn * bytes
  }

  /// A query for any element type and dimension of the report.
  var query: UnsafeRawPointer { UnsafeRawPointer(base) }

  /// For the start of each pass, the addresses of `count` rows of `bytes` bytes, shuffled.
  func shuffledRows(_ level: MemoryLevel, _ count: Int, bytes: Int) -> [UnsafeRawPointer: [UnsafeRawPointer]] {
    var random = SeededGenerator(seed: 1)
    let order = random.sample(count, below: count)
    let starts = (0..<level.byteCount / round(level).bytes).map { _ in next(level) }
    return Dictionary(uniqueKeysWithValues: starts.map { start in (start, order.map { start + $0 * bytes }) })
  }

  /// Passes memory for `count` results of four bytes, set to zero, to `body`.
  func results<T>(_ count: Int, _ body: (UnsafeMutableRawPointer) -> T) -> T {
    let out = UnsafeMutableRawPointer.allocate(byteCount: count * 4, alignment: 64)
    defer { out.deallocate() }
    out.initializeMemory(as: UInt32.self, repeating: 0, count: count)
    return body(out)
  }
}

/// The arguments of a kernel; each call uses those of its element type.
struct KernelOperands {
  let queryBytes: UnsafeRawPointer
  let rowBytes: UnsafeRawPointer
  let resultBytes: UnsafeMutableRawPointer
  let tables: UnsafePointer<UInt8>
  let addresses: [UnsafeRawPointer]
  let n: Int
  let d: Int

  func query<T>() -> UnsafePointer<T> { queryBytes.assumingMemoryBound(to: T.self) }
  func rows<T>() -> UnsafePointer<T> { rowBytes.assumingMemoryBound(to: T.self) }
  func out<T>() -> UnsafeMutablePointer<T> { resultBytes.assumingMemoryBound(to: T.self) }
}

/// A one-to-many kernel as the report measures it.
struct KernelScan: Sendable {
  let name: String
  /// The number of bits of a component.
  let bits: Int
  /// The number of bytes of a row besides its components.
  var extraBytes = 0
  /// The number of floating-point operations per component; 0 for integer kernels.
  let flops: Int
  var isGather = false
  let run: @Sendable (rbk_kernel_table, KernelOperands) -> Void

  static let all: [KernelScan] = [
    KernelScan(name: "l2_f32", bits: 32, flops: 3) { $0.l2_f32($1.query(), $1.rows(), $1.n, $1.d, $1.out()) },
    KernelScan(name: "dot_f32", bits: 32, flops: 2) { $0.dot_f32($1.query(), $1.rows(), $1.n, $1.d, $1.out()) },
    KernelScan(name: "l1_f32", bits: 32, flops: 2) { $0.l1_f32($1.query(), $1.rows(), $1.n, $1.d, $1.out()) },
    KernelScan(name: "l2_f32_gather", bits: 32, flops: 3, isGather: true) {
      $0.l2_f32_gather($1.query(), $1.addresses, $1.n, $1.d, $1.out())
    },
    KernelScan(name: "l2_f16_gather", bits: 16, flops: 3, isGather: true) {
      $0.l2_f16_gather($1.query(), $1.addresses, $1.n, $1.d, $1.out())
    },
    KernelScan(name: "l2_u8_gather", bits: 8, extraBytes: Int(rbk_range_bytes), flops: 3, isGather: true) {
      $0.l2_u8_gather($1.query(), $1.addresses, $1.n, $1.d, $1.out())
    },
    KernelScan(name: "hamming_u64", bits: 1, flops: 0) {
      $0.hamming_u64($1.query(), $1.rows(), $1.n, $1.d / 64, $1.out())
    },
    KernelScan(name: "sq4_scan", bits: 4, extraBytes: 8, flops: 0) { scanScalarCodes($0.sq4.pointee, $1) },
    // Codes of 6 bits, in bytes.
    KernelScan(name: "sq6_scan", bits: 8, extraBytes: 8, flops: 0) { scanScalarCodes($0.sq6.pointee, $1) },
    KernelScan(name: "pq4_scan", bits: 4, extraBytes: 4, flops: 0) { scanCodes($0.pq.pointee.scan4, $1) },
    KernelScan(name: "pq8_scan", bits: 8, extraBytes: 4, flops: 0) { scanCodes($0.pq.pointee.scan8, $1) },
  ]

  /// Scans scalar codes under a bound that excludes everything: writing the few kept vectors is no cost of the scan.
  private static func scanScalarCodes(_ kernels: rbk_sq_kernels, _ operands: KernelOperands) {
    var bound = rbk_sq_bound(scale: 0, most: -.infinity, slope: 0)
    var kept = rbk_sq_kept()
    var count = 0
    let bytes = operands.n / Int(rbk_sq_lanes) * rbk_sq_block_bytes(kernels.bits, operands.d)
    kernels.scan(ofBytes: bytes)(
      operands.rows(), operands.n, operands.d, operands.query(), 1, &bound, &kept, operands.n, &count)
  }

  /// Scans product codes, as many per row as the dimension, under a limit that excludes everything.
  private static func scanCodes(_ scan: rbk_pq_scan, _ operands: KernelOperands) {
    var corrections = rbk_pq_corrections(offset_step: 0, factor_base: 0, factor_step: 0)
    let estimate = rbk_pq_estimate(base: 1, sum_base: 0, sum_step: 0, limit: 0)
    withUnsafeTemporaryAllocation(of: rbk_pq_kept.self, capacity: 1) { kept in
      var query = rbk_pq_query(tables: operands.tables, estimate: estimate, kept: kept.baseAddress!, count: 0)
      scan(operands.rows(), operands.n, operands.d, nil, &corrections, &query, 1)
    }
  }

  func measure(
    _ table: rbk_kernel_table, _ d: Int, _ level: MemoryLevel, _ limits: KernelLimits, _ sets: WorkingSets
  ) -> KernelMeasurement {
    let rowBytes = d * bits / 8 + extraBytes
    let (passes, bytes) = sets.round(level)
    let n = bytes / rowBytes / 64 * 64
    let addresses = isGather ? sets.shuffledRows(level, n, bytes: rowBytes) : [:]
    let seconds = sets.results(n) { out in
      medianSeconds {
        for _ in 0..<passes {
          let rows = sets.next(level)
          run(
            table,
            KernelOperands(
              queryBytes: sets.query, rowBytes: rows, resultBytes: out, tables: sets.zeroTables,
              addresses: addresses[rows] ?? [], n: n, d: d))
        }
      }
    }
    let gigabytes = Double(passes * n * rowBytes) / seconds * 1e-9
    let gigaflops = Double(passes * n * d * flops) / seconds * 1e-9
    let bandwidth = limits.readGigabytesPerSecond[level] ?? .infinity
    let roofline = min(bandwidth * Double(flops * 8) / Double(bits), limits.peakGigaflopsPerSecond)
    return KernelMeasurement(
      kernel: name, instructionSet: limits.instructionSet, dimension: d, level: level,
      nanosecondsPerRow: seconds * 1e9 / Double(passes * n), gigabytesPerSecond: gigabytes,
      gigaflopsPerSecond: flops > 0 ? gigaflops : nil,
      shareOfLimit: flops > 0 ? gigaflops / roofline : gigabytes / bandwidth)
  }
}

/// The many-to-many kernel as the report measures it: 256 queries × 480 rows, whose results stay in the L2 cache.
struct KernelBlockScan {
  static let name = "dot_block_f32"
  /// The number of floating-point operations per component.
  private static let flops = 2

  static func measure(
    _ table: rbk_kernel_table, _ d: Int, _ limits: KernelLimits, _ sets: WorkingSets
  ) -> KernelMeasurement {
    let nq = 256
    let n = 480
    let rows = sets.next(.l2).assumingMemoryBound(to: Float.self)
    let queries = rows + n * d
    let seconds = sets.results(nq * n) { out in
      medianSeconds { table.dot_block_f32(queries, nq, rows, n, d, out.assumingMemoryBound(to: Float.self), n) }
    }
    let gigaflops = Double(nq * n * d * flops) / seconds * 1e-9
    return KernelMeasurement(
      kernel: name, instructionSet: limits.instructionSet, dimension: d, level: nil,
      nanosecondsPerRow: seconds * 1e9 / Double(nq * n),
      gigabytesPerSecond: Double(nq * n * d * 4) / seconds * 1e-9, gigaflopsPerSecond: gigaflops,
      shareOfLimit: gigaflops / limits.peakGigaflopsPerSecond)
  }
}
