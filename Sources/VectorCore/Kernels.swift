public import CKernels

/// The distance kernels: a table of C functions for each instruction set, chosen before `main` by the CPU's features.
///
/// `RECALLBENCH_SIMD=scalar|avx2|avx512|neon` overrides the choice. The header `kernels.h` documents each function and
/// its shapes at the member of `rbk_kernel_table`. Hot code copies the functions that it calls into constants once; a
/// call then costs no more than a call in C.
public enum Kernels {
  /// The functions in use.
  public static let active: rbk_kernel_table = rbk_kernels().pointee

  /// The tables this CPU can run, slowest first.
  public static let available: [rbk_kernel_table] = [
    "scalar", "neon-base", "neon", "avx2", "avx512-base", "avx512",
  ].compactMap(table(named:))

  /// Those that a CPU uses by itself: without the "-base" tables of older CPUs, which serve tests on the later ones.
  public static let used: [rbk_kernel_table] = available.filter { !$0.instructionSet.hasSuffix("-base") }

  /// The instruction set in use: "scalar", "neon-base", "neon", "avx2", "avx512-base" or "avx512".
  public static var name: String { active.instructionSet }

  /// One line that says why `RECALLBENCH_SIMD` could not be followed; `nil` if it was followed or is not set.
  public static var selectionError: String? { rbk_simd_error().map { String(cString: $0) } }

  /// The table of an instruction set; `nil` if the name is unknown or the CPU does not support it.
  public static func table(named name: String) -> rbk_kernel_table? { rbk_kernels_for(name)?.pointee }
}

extension rbk_kernel_table {
  /// The name of the instruction set, such as "avx512".
  public var instructionSet: String { String(cString: name) }
}

extension rbk_sq_kernels {
  /// The number of levels of a component.
  public var levels: Int { 1 << Int(bits) }

  /// The scan of one query over codes that take so many bytes together.
  ///
  /// More than `MemoryLevel.l3` has are taken to be in memory and not in a cache.
  public func scan(ofBytes count: Int) -> rbk_sq_scan { count > MemoryLevel.l3.byteCount ? scan_in_order : scan }
}
