/**
 * Everything that a pickle may name, under the name it is known by here. All of them hold data; not one runs, opens, imports or calls anything. Modules
 * that were moved between versions are listed under each of their names.
 */
const names: Readonly<Record<string, readonly string[]>> = {
  'builtins.set': ['builtins.set', '__builtin__.set'],
  'builtins.frozenset': ['builtins.frozenset', '__builtin__.frozenset'],
  'builtins.bytearray': ['builtins.bytearray', '__builtin__.bytearray'],
  'builtins.bytes': ['builtins.bytes', '__builtin__.bytes'],
  'builtins.slice': ['builtins.slice', '__builtin__.slice'],
  'builtins.object': ['builtins.object', '__builtin__.object'],
  reconstructor: ['copyreg._reconstructor', 'copy_reg._reconstructor'],
  'codecs.encode': ['_codecs.encode'],
  OrderedDict: ['collections.OrderedDict'],
  datetime: ['datetime.datetime'],
  date: ['datetime.date'],
  time: ['datetime.time'],
  timedelta: ['datetime.timedelta'],
  timezone: ['datetime.timezone'],
  Decimal: ['decimal.Decimal', '_decimal.Decimal'],
  UUID: ['uuid.UUID'],
  SafeUUID: ['uuid.SafeUUID'],
  'numpy.reconstruct': ['numpy.core.multiarray._reconstruct', 'numpy._core.multiarray._reconstruct'],
  'numpy.scalar': ['numpy.core.multiarray.scalar', 'numpy._core.multiarray.scalar'],
  'numpy.frombuffer': ['numpy.core.numeric._frombuffer', 'numpy._core.numeric._frombuffer'],
  'numpy.ndarray': ['numpy.ndarray'],
  'numpy.dtype': ['numpy.dtype'],
  DataFrame: ['pandas.core.frame.DataFrame', 'pandas.DataFrame'],
  BlockManager: ['pandas.core.internals.managers.BlockManager'],
  'pandas.block': ['pandas._libs.internals._unpickle_block'],
  'pandas.backed': ['pandas._libs.arrays.__pyx_unpickle_NDArrayBacked'],
  DatetimeArray: ['pandas.core.arrays.datetimes.DatetimeArray', 'pandas.arrays.DatetimeArray'],
  StringArray: ['pandas.core.arrays.string_.StringArray', 'pandas.arrays.StringArray'],
  ArrowStringArray: ['pandas.core.arrays.string_arrow.ArrowStringArray', 'pandas.arrays.ArrowStringArray'],
  'pyarrow.array': ['pyarrow.lib._restore_array'],
  'pyarrow.chunks': ['pyarrow.lib.chunked_array'],
  'pyarrow.type': ['pyarrow.lib.type_for_alias'],
  'pyarrow.buffer': ['pyarrow.lib.py_buffer'],
  NA: ['pandas._libs.missing.NA', 'pandas.NA'],
  StringDtype: ['pandas.core.arrays.string_.StringDtype', 'pandas.StringDtype'],
  'pandas.newIndex': ['pandas.core.indexes.base._new_Index'],
  Index: ['pandas.core.indexes.base.Index', 'pandas.Index'],
  RangeIndex: ['pandas.core.indexes.range.RangeIndex', 'pandas.RangeIndex'],
}

const known = new Map(Object.entries(names).flatMap(([name, all]) => all.map((one) => [one, name] as const)))

/** The name it is known by here, or undefined for one that must not appear. */
export function allowedName(module: string, name: string): string | undefined {
  return known.get(`${module}.${name}`)
}
