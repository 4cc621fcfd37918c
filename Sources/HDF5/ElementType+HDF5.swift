internal import CHDF5
import VectorCore

extension ElementType {
  /// The element type with this class, width and sign, in any byte order. The caller must hold the lock.
  init?(class kind: H5T_class_t, of type: hid_t) {
    let width = H5Tget_size(type)
    switch kind {
    // An exponent of eight bits, as that of float32, has another bias than binary16's.
    case H5T_FLOAT where width == 2: self = H5Tget_ebias(type) == 127 ? .bfloat16 : .float16
    case H5T_FLOAT where width == 4: self = .float32
    case H5T_FLOAT where width == 8: self = .float64
    case H5T_INTEGER:
      let signed = H5Tget_sign(type) == H5T_SGN_2
      switch width {
      case 1: self = signed ? .int8 : .uint8
      case 2: self = signed ? .int16 : .uint16
      case 4: self = signed ? .int32 : .uint32
      case 8: self = signed ? .int64 : .uint64
      default: return nil
      }
    case H5T_ENUM where width == 1 && Self.isBoolean(type): self = .bool
    default: return nil
    }
  }

  /// Whether an enumeration is numpy's Boolean type, whose bytes are 0 and 1.
  private static func isBoolean(_ type: hid_t) -> Bool {
    guard H5Tget_nmembers(type) == 2 else { return false }
    return [("FALSE", 0), ("TRUE", 1)].allSatisfy { name, expected in
      var value: Int8 = -1
      return H5Tenum_valueof(type, name, &value) >= 0 && value == expected
    }
  }

  /// A new identifier of the little-endian type. The caller must hold the lock.
  func makeType(_ place: Place) throws(HDF5Error) -> Handle {
    let standard =
      switch self {
      case .float16, .bfloat16, .float32: chdf5_T_IEEE_F32LE()
      case .float64: chdf5_T_IEEE_F64LE()
      case .int8, .bool: chdf5_T_STD_I8LE()
      case .int16: chdf5_T_STD_I16LE()
      case .int32: chdf5_T_STD_I32LE()
      case .int64: chdf5_T_STD_I64LE()
      case .uint8: chdf5_T_STD_U8LE()
      case .uint16: chdf5_T_STD_U16LE()
      case .uint32: chdf5_T_STD_U32LE()
      case .uint64: chdf5_T_STD_U64LE()
      }
    let operation = "make the type \(rawValue)"
    switch self {
    case .float16:
      // IEEE 754 binary16: sign, 5 bits of exponent with bias 15, 10 bits of fraction. HDF5 1.10 has no name for it.
      let type = try place.handle(operation, H5Tcopy(standard))
      try place.check(operation, H5Tset_fields(type.id, 15, 10, 5, 0, 10))
      try place.check(operation, H5Tset_size(type.id, 2))
      try place.check(operation, H5Tset_ebias(type.id, 15))
      return type
    case .bfloat16:
      // Float32's sign, exponent and bias, with 7 bits of fraction.
      let type = try place.handle(operation, H5Tcopy(standard))
      try place.check(operation, H5Tset_fields(type.id, 15, 7, 8, 0, 7))
      try place.check(operation, H5Tset_size(type.id, 2))
      return type
    case .bool:
      let type = try place.handle(operation, H5Tenum_create(standard))
      var value: Int8 = 0
      try place.check(operation, H5Tenum_insert(type.id, "FALSE", &value))
      value = 1
      try place.check(operation, H5Tenum_insert(type.id, "TRUE", &value))
      return type
    default:
      return try place.handle(operation, H5Tcopy(standard))
    }
  }
}

/// A Swift number type that HDF5 can read into and write from.
public protocol HDF5Element: BitwiseCopyable, Sendable {
  static var elementType: ElementType { get }
}

extension Float: HDF5Element { public static var elementType: ElementType { .float32 } }
extension Double: HDF5Element { public static var elementType: ElementType { .float64 } }
extension Int8: HDF5Element { public static var elementType: ElementType { .int8 } }
extension Int16: HDF5Element { public static var elementType: ElementType { .int16 } }
extension Int32: HDF5Element { public static var elementType: ElementType { .int32 } }
extension Int64: HDF5Element { public static var elementType: ElementType { .int64 } }
extension UInt8: HDF5Element { public static var elementType: ElementType { .uint8 } }
extension UInt16: HDF5Element { public static var elementType: ElementType { .uint16 } }
extension UInt32: HDF5Element { public static var elementType: ElementType { .uint32 } }
extension UInt64: HDF5Element { public static var elementType: ElementType { .uint64 } }
