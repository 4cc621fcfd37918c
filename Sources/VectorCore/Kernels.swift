import CKernels

/// The kernels in use, chosen once by what the CPU has.
public enum Kernels {
  nonisolated(unsafe) public static let active = rbk_kernels().pointee
}
