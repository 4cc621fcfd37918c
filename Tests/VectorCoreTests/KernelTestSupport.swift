import CKernels
import Testing
import VectorCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A kernel's contiguous and gathered forms.
typealias RowKernel<Query, Element, Result> = (
  rows: (UnsafePointer<Query>, UnsafePointer<Element>, Int, Int, UnsafeMutablePointer<Result>) -> Void,
  gather:
    (
      UnsafePointer<Query>, UnsafePointer<Element>, UnsafePointer<UInt32>, Int, Int, UnsafeMutablePointer<Result>
    ) -> Void
)

func floatKernels(_ t: rbk_kernel_table) -> [RowKernel<Float, Float, Float>] {
  [(t.l2_f32, t.l2_f32_gather), (t.dot_f32, t.dot_f32_gather), (t.l1_f32, t.l1_f32_gather)]
}
func f16Kernels(_ t: rbk_kernel_table) -> [rbk_half_rows] { [t.l2_f16, t.dot_f16, t.l1_f16] }
func byteKernels(_ t: rbk_kernel_table) -> [rbk_byte_rows] { [t.l2_u8, t.dot_u8, t.l1_u8] }

/// Runs both forms, the gathered one backwards with one row repeated, and expects the same bits of them.
func run<Query, Element, Result: AdditiveArithmetic>(
  _ kernel: RowKernel<Query, Element, Result>, _ query: UnsafePointer<Query>, _ rows: UnsafePointer<Element>,
  _ n: Int, _ d: Int, sourceLocation: SourceLocation = #_sourceLocation
) -> [Result] {
  var out = [Result](repeating: .zero, count: n)
  kernel.rows(query, rows, n, d, &out)
  let index = (0..<n).reversed().map(UInt32.init) + (n > 0 ? [0] : [])
  var gathered = [Result](repeating: .zero, count: index.count)
  kernel.gather(query, rows, index, index.count, d, &gathered)
  let same = zip(index, gathered).allSatisfy { i, value in
    withUnsafeBytes(of: value) { a in withUnsafeBytes(of: out[Int(i)]) { b in a.elementsEqual(b) } }
  }
  #expect(same, "gathered rows differ from contiguous ones: d \(d), n \(n)", sourceLocation: sourceLocation)
  return out
}

/// `count` random floats in [-1, 1).
func floats(_ count: Int, seed: UInt64) -> [Float] {
  var random = SeededGenerator(seed: seed)
  return (0..<count).map { _ in Float(random.nextUnit() * 2 - 1) }
}

/// Elements that end where a page begins that may not be read: a kernel that reads on dies.
final class GuardedArray<Element: BitwiseCopyable> {
  let base: UnsafeMutablePointer<Element>
  let count: Int
  private let mapping: UnsafeMutableRawPointer
  private let mappedBytes: Int

  init(_ elements: ArraySlice<Element>) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let bytes = elements.count * MemoryLayout<Element>.stride
    let readable = (bytes + page - 1) / page * page
    count = elements.count
    mappedBytes = readable + page
    mapping = mmap(nil, mappedBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    precondition(mapping != MAP_FAILED && mprotect(mapping + readable, page, PROT_NONE) == 0, "no guard page")
    base = (mapping + readable - bytes).bindMemory(to: Element.self, capacity: count)
    elements.withUnsafeBufferPointer { if let from = $0.baseAddress { base.update(from: from, count: count) } }
  }

  deinit { munmap(mapping, mappedBytes) }

  func map<T>(_ transform: (Element) -> T) -> [T] { UnsafeBufferPointer(start: base, count: count).map(transform) }
}
