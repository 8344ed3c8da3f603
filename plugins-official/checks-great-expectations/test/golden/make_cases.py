"""Writes cases.json: tables, and expectations to hold them against. Run golden.py afterwards."""
import json
import os

NULL = None
people = {
    "id": ["int", [1, 2, 3, 4, 5, 6, 7, 8]],
    "n": ["int", [3, 1, 2, 2, 5, 5, 5, -1]],
    "f": ["float", [1.5, NULL, 2.5, -0.5, NULL, 1e10, 2.5, 0.1]],
    "s": ["string", ["a", "B", "", NULL, "abc", "\u00fcn\u00ef", "a", "12"]],
    "d": ["string", ["2020-01-01", "2020-02-30", NULL, "01/02/2021", "not a date", "2021-12-31T10:00:00", "20200101", "12"]],
    "iso": ["string", ["2020-01-01", "2020-01-02", NULL, "2020-01-02", "2020-01-05", "2020-01-04", "2020-02-01", "2021-01-01"]],
    "b": ["boolean", [True, False, True, True, False, False, True, True]],
    "t": ["datetime", ["2020-01-01T00:00:00", "2020-01-02T12:30:00", NULL, "2019-12-31T23:59:59", "2020-01-02T12:30:00", "2021-06-01T00:00:00", "2020-03-01T00:00:00", "2020-03-01T00:00:01"]],
    "j": ["string", ['{"a":1}', "[1,2]", "{a:1}", NULL, '{"a":"x"}', "3", "null", ""]],
    "k": ["string", ['{"a":1}', '{"a":2}', '{"a":-1}', NULL, '{"a":"x"}', '{"b":1}', '[]', '{"a":1.5}']],
    "x": ["float", [1, 2, NULL, NULL, 5, 6, 7.5, 8]],
    "y": ["float", [1, 3, 3, NULL, 4, NULL, 7.5, 2]],
    "z": ["float", [0, 1, NULL, NULL, 1, 2, 3, 4]],
    "u": ["string", ["a", "b", NULL, NULL, "e", "f", "g", "a"]],
    "v": ["string", ["a", "c", "c", NULL, "e", NULL, "h", "a"]],
    "nul": ["float", [NULL] * 8],
    "five": ["int", [5] * 8],
    "inc": ["int", [1, 2, 2, 3, 5, 4, 4, 9]],
    "dec": ["int", [9, 8, 8, 7, 7, 6, 10, 1]],
    "m": ["int", [1, 2, 3, 4, 5, 6, 7, 8]],
    "o": ["int", [1, 2, 0, 4, 5, 5, 7, 8]],
}
empty = {name: [kind, []] for name, (kind, _) in people.items() if name not in ("b",)}
one = {name: [kind, values[:1]] for name, (kind, values) in people.items()}
many = {
    "ten": ["int", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] + [1] * 20],
    "gap": ["float", [1, 2, 3, 4, 5, 6, 7, 8, 9, 100] + [NULL] * 20],
    "tie": ["string", (["a", "b", "c"] * 10)],
    "dup": ["int", [i // 2 for i in range(30)]],
    "row": ["int", list(range(30))],
    "out": ["float", [10, 11, 12, 10, 11, 12, 10, 11, 12, 10, 11, 12, 10, 11, 12, 10, 11, 12, 10, 11, 12, 10, 11, 12, 10, 11, 12, 10, 500, -300]],
}
big = {"row": ["int", list(range(250))], "mod": ["int", [i % 7 for i in range(250)]], "w": ["string", [f"w{i % 3}" for i in range(250)]]}

cases = []


def add(table, kind, formats=False, **kwargs):
    cases.append({"table": table, "type": kind, "kwargs": kwargs, **({"formats": True} if formats else {})})


C = "expect_column_"
V = "expect_column_values_to_"
# nulls
for column in ("s", "f", "id", "nul"):
    add("people", V + "not_be_null", column == "s", column=column)
    add("people", V + "be_null", column == "s", column=column)
add("people", V + "not_be_null", column="f", mostly=0.75)
add("people", V + "not_be_null", column="f", mostly=0.76)
add("people", V + "be_null", column="f", mostly=0.25)
# between
add("people", V + "be_between", True, column="f", min_value=0, max_value=2.5)
add("people", V + "be_between", column="f", min_value=0, max_value=2.5, strict_max=True)
add("people", V + "be_between", column="f", min_value=0.1, strict_min=True)
add("people", V + "be_between", column="f", min_value=-0.5)
add("people", V + "be_between", column="f", max_value=-0.5, strict_max=True)
add("people", V + "be_between", column="n", min_value=1, max_value=5, strict_min=True, strict_max=True)
add("people", V + "be_between", column="n", min_value=5, max_value=1)
add("people", V + "be_between", column="s", min_value="a", max_value="b")
add("people", V + "be_between", column="s", min_value=1, max_value=2)
add("people", V + "be_between", column="t", min_value="2020-01-01", max_value="2020-03-01")
add("people", V + "be_between", column="iso", min_value="2020-01-02", max_value="2020-02-01")
add("people", V + "be_between", column="iso", min_value="2020-01-02", max_value="2020-02-01", parse_strings_as_datetimes=True)
add("people", V + "be_between", column="nul", min_value=0, max_value=1)
add("people", V + "be_between", column="b", min_value=1, max_value=1)
for mostly in (0, 0.5, 0.6, 0.61, 0.9, 0.91, 1):
    add("many", V + "be_between", column="gap", min_value=0, max_value=10, mostly=mostly)
for mostly in (0.1, 0.29, 0.3):
    add("many", V + "be_between", mostly == 0.3, column="ten", min_value=2, max_value=10, mostly=mostly)
add("big", V + "be_between", True, column="row", min_value=0, max_value=10)
# sets
add("people", V + "be_in_set", True, column="s", value_set=["a", "B"])
add("people", V + "be_in_set", column="n", value_set=[5, 2])
add("people", V + "be_in_set", column="n", value_set=["5", "2"])
add("people", V + "be_in_set", column="f", value_set=[2.5, 1.5])
add("people", V + "be_in_set", column="b", value_set=[True])
add("people", V + "be_in_set", column="s", value_set=[])
add("people", V + "not_be_in_set", column="s", value_set=["a", None])
add("people", V + "not_be_in_set", column="n", value_set=[5])
add("big", V + "be_in_set", column="w", value_set=["w0"], mostly=0.3)
# unique
for column in ("id", "n", "s", "f", "t", "nul"):
    add("people", V + "be_unique", column == "n", column=column)
add("many", V + "be_unique", column="gap")
add("people", V + "be_unique", column="n", mostly=0.37)
add("people", V + "be_unique", column="n", mostly=0.38)
# order
for column, word in (("inc", "increasing"), ("dec", "decreasing"), ("f", "increasing"), ("t", "increasing"), ("t", "decreasing")):
    add("people", V + "be_" + word, column=column)
    add("people", V + "be_" + word, column=column, strictly=True)
add("people", V + "be_increasing", column="s")
add("people", V + "be_increasing", column="iso", parse_strings_as_datetimes=True)
# lengths
add("people", C + "value_lengths_to_be_between", column="s", min_value=1, max_value=2)
add("people", C + "value_lengths_to_be_between", column="s", min_value=1)
add("people", C + "value_lengths_to_be_between", column="s", max_value=1, strict_max=True)
add("people", C + "value_lengths_to_be_between", column="s", min_value=1, max_value=3, strict_min=True)
add("people", C + "value_lengths_to_be_between", column="s", min_value=1, max_value=3, strict_max=True)
add("people", C + "value_lengths_to_be_between", column="s", min_value=0, max_value=3, strict_min=True, strict_max=True)
add("people", C + "value_lengths_to_be_between", column="n", min_value=1, max_value=1)
add("people", C + "value_lengths_to_equal", column="s", value=1)
add("people", C + "value_lengths_to_equal", column="s", value=3, mostly=0.25)
add("people", C + "value_lengths_to_equal", column="f", value=3)
# patterns
add("people", V + "match_regex", True, column="s", regex="^[a-c]+$")
add("people", V + "match_regex", column="s", regex="(?i)b")
add("people", V + "match_regex", column="s", regex=r"\d\Z")
add("people", V + "match_regex", column="n", regex="^\\d$")
add("people", V + "match_regex", column="f", regex=r"\.5$")
add("people", V + "match_regex", column="s", regex=r"^\w+$")
add("people", V + "not_match_regex", column="s", regex="a")
add("people", V + "match_regex_list", column="s", regex_list=["a", "b"])
add("people", V + "match_regex_list", column="s", regex_list=["a", "b"], match_on="all")
add("people", V + "not_match_regex_list", column="s", regex_list=["^a", "2$"])
add("people", V + "match_strftime_format", column="d", strftime_format="%Y-%m-%d")
add("people", V + "match_strftime_format", column="d", strftime_format="%d/%m/%Y")
add("people", V + "match_strftime_format", column="d", strftime_format="%Y-%m-%dT%H:%M:%S")
add("people", V + "match_strftime_format", column="iso", strftime_format="%Y-%m-%d")
add("people", V + "match_strftime_format", column="n", strftime_format="%Y")
add("people", V + "be_dateutil_parseable", column="d")
add("people", V + "be_dateutil_parseable", column="s")
add("people", V + "be_dateutil_parseable", column="n")
add("people", V + "be_json_parseable", column="j")
add("people", V + "be_json_parseable", column="s")
schema = {"type": "object", "properties": {"a": {"type": "integer", "minimum": 0}}, "required": ["a"]}
add("people", V + "match_json_schema", column="k", json_schema=schema)
add("people", V + "match_json_schema", column="j", json_schema=schema)
for word in ("match_like_pattern", "not_match_like_pattern"):
    add("people", V + word, column="s", like_pattern="a%")
# types
for column in ("n", "f", "s", "b", "t"):
    for name in ("int", "int64", "float", "float64", "str", "object", "bool", "datetime64", "Nonsense"):
        add("people", V + "be_of_type", column=column, type_=name)
    add("people", V + "be_in_type_list", column=column, type_list=["int", "str"])
    add("people", V + "be_in_type_list", column=column, type_list=["float64", "bool"])
    add("people", C + "type_to_be", column=column, type_="int64")
    add("people", C + "type_to_be", column=column, type_="float64")
    add("people", C + "type_to_be", column=column, type_="str")
# z-scores and outliers
for column in ("out", "ten", "gap"):
    add("many", C + "value_z_scores_to_be_less_than", column=column, threshold=2, double_sided=True)
    add("many", C + "value_z_scores_to_be_less_than", column=column, threshold=2, double_sided=False)
    for method in ("iqr", "std"):
        add("many", V + "not_be_outliers", column=column, method=method, multiplier=1.5)
add("people", C + "value_z_scores_to_be_less_than", column="five", threshold=2, double_sided=True)
add("people", V + "not_be_outliers", column="five", method="std", multiplier=1.5)
add("people", C + "value_z_scores_to_be_less_than", column="s", threshold=2, double_sided=True)
# pairs
for ignore in ("both_values_are_missing", "either_value_is_missing", "neither"):
    for A, B in (("x", "y"), ("u", "v"), ("m", "o")):
        add("people", "expect_column_pair_values_to_be_equal", ignore == "neither", column_A=A, column_B=B, ignore_row_if=ignore)
    for or_equal in (False, True):
        add("people", "expect_column_pair_values_a_to_be_greater_than_b", column_A="x", column_B="y", or_equal=or_equal, ignore_row_if=ignore)
    add("people", "expect_column_pair_values_to_be_in_set", column_A="u", column_B="v", value_pairs_set=[["a", "a"], ["b", None], [None, "c"]], ignore_row_if=ignore)
add("people", "expect_column_pair_values_to_be_equal", column_A="x", column_B="y")
add("people", "expect_column_pair_values_to_be_equal", column_A="x", column_B="y", mostly=0.28)
add("people", "expect_column_pair_values_to_be_equal", column_A="x", column_B="y", mostly=0.29)
add("people", "expect_column_pair_values_a_to_be_greater_than_b", column_A="iso", column_B="iso", or_equal=True, parse_strings_as_datetimes=True, ignore_row_if="either_value_is_missing")
# several columns
for ignore in ("all_values_are_missing", "any_value_is_missing", "never"):
    add("people", "expect_compound_columns_to_be_unique", ignore == "never", column_list=["x", "z"], ignore_row_if=ignore)
    add("people", "expect_compound_columns_to_be_unique", column_list=["u", "v"], ignore_row_if=ignore)
    add("people", "expect_multicolumn_sum_to_equal", column_list=["x", "y", "z"], sum_total=6, ignore_row_if=ignore)
    add("people", "expect_multicolumn_values_to_be_equal", column_list=["x", "y"], ignore_row_if=ignore)
    add("people", "expect_select_column_values_to_be_unique_within_record", column_list=["x", "y", "z"], ignore_row_if=ignore)
    add("people", "expect_select_column_values_to_be_unique_within_record", column_list=["u", "v"], ignore_row_if=ignore)
add("people", "expect_multicolumn_sum_to_equal", column_list=["m", "o"], sum_total=4)
add("big", "expect_compound_columns_to_be_unique", column_list=["mod", "w"])
# statistics
for word, columns in (("min", ("n", "f", "s", "t", "nul")), ("max", ("n", "f", "s", "t", "nul")), ("mean", ("n", "f", "s", "nul")), ("median", ("n", "f", "nul")), ("sum", ("n", "f", "nul")), ("stdev", ("n", "f", "five", "nul"))):
    for column in columns:
        low, high = ("2020-01-01", "2020-12-31") if column == "t" else ("", "b") if column == "s" and word != "mean" else (0, 100)
        add("people", f"{C}{word}_to_be_between", word == "mean" and column == "n", column=column, min_value=low, max_value=high)
add("people", C + "min_to_be_between", column="n", min_value=-1, max_value=5, strict_min=True)
add("people", C + "max_to_be_between", column="n", min_value=-1, max_value=5, strict_max=True)
add("people", C + "max_to_be_between", column="n", max_value=5)
add("people", C + "max_to_be_between", column="iso", min_value="2020-01-01", max_value="2022-01-01", parse_strings_as_datetimes=True)
add("people", C + "mean_to_be_between", column="b", min_value=0, max_value=1)
for column in ("n", "s", "f", "nul"):
    add("people", C + "unique_value_count_to_be_between", column=column, min_value=1, max_value=5)
    add("people", C + "proportion_of_unique_values_to_be_between", column=column, min_value=0.5, max_value=1)
    add("people", C + "proportion_of_non_null_values_to_be_between", column=column, min_value=0.5, max_value=1, strict_max=True)
for word in ("be_in_set", "contain_set", "equal_set"):
    add("people", C + "distinct_values_to_" + word, word == "equal_set", column="n", value_set=[1, 2, 3, 5, 7])
    add("people", C + "distinct_values_to_" + word, column="n", value_set=[1, 2, 3, 5, -1])
    add("people", C + "distinct_values_to_" + word, column="s", value_set=["a", "B"])
    add("people", C + "distinct_values_to_" + word, column="nul", value_set=[1])
    add("big", C + "distinct_values_to_" + word, column="row", value_set=[1, 2, 300])
for column in ("n", "s", "t"):
    for ties in (None, True):
        extra = {} if ties is None else {"ties_okay": ties}
        add("people", C + "most_common_value_to_be_in_set", column=column, value_set=[5, "a", "b"], **extra)
        add("many", C + "most_common_value_to_be_in_set", column="tie", value_set=["a", "x"], **extra)
quantiles = {"quantiles": [0, 0.25, 0.33, 0.5, 0.75, 1], "value_ranges": [[None, 0], [1, 2], [0, 5], [2, 2.5], [None, 5], [5, 5]]}
for column in ("n", "f", "inc"):
    add("people", C + "quantile_values_to_be_between", column=column, quantile_ranges=quantiles)
    for how in ("linear", "lower", "higher", "midpoint", "nearest"):
        add("people", C + "quantile_values_to_be_between", column=column, quantile_ranges=quantiles, allow_relative_error=how)
add("many", C + "kl_divergence_to_be_less_than", column="tie", partition_object={"values": ["a", "b", "c"], "weights": [0.2, 0.3, 0.5]}, threshold=0.1)
add("many", C + "kl_divergence_to_be_less_than", column="tie", partition_object={"values": ["a", "b"], "weights": [0.4, 0.6]}, threshold=5)
add("many", C + "kl_divergence_to_be_less_than", column="tie", partition_object={"values": ["a", "b"], "weights": [0.4, 0.6]}, threshold=5, tail_weight_holdout=0.1)
add("many", C + "kl_divergence_to_be_less_than", column="tie", partition_object={"values": ["a", "b", "d", "c"], "weights": [0.2, 0.3, 0.4, 0.1]}, threshold=0.5)
add("many", C + "kl_divergence_to_be_less_than", column="ten", partition_object={"bins": [1, 3, 6, 10], "weights": [0.5, 0.25, 0.25]}, threshold=1)
add("many", C + "kl_divergence_to_be_less_than", column="ten", partition_object={"bins": [2, 3, 6, 9], "weights": [0.5, 0.5, 0]}, threshold=1, tail_weight_holdout=0.1, internal_weight_holdout=0.1)
add("many", C + "kl_divergence_to_be_less_than", column="ten", partition_object={"bins": [2, 6, 9], "weights": [0.3, 0.3], "tail_weights": [0.2, 0.2]}, threshold=1)
# tables
add("people", C + "to_exist", True, column="n")
add("people", C + "to_exist", column="n", column_index=1)
add("people", C + "to_exist", column="n", column_index=0)
add("people", C + "to_exist", column="n", column_index=2)
add("people", C + "to_exist", column="n", column_index=99)
add("people", C + "to_exist", column="nope")
for table in ("people", "empty", "one"):
    add(table, "expect_table_row_count_to_be_between", table == "people", min_value=1, max_value=8)
    add(table, "expect_table_row_count_to_equal", value=8)
    add(table, "expect_table_column_count_to_be_between", min_value=1, max_value=20)
    add(table, "expect_table_column_count_to_equal", value=21)
add("people", "expect_table_row_count_to_be_between", min_value=9)
columns = ["row", "mod", "w"]
for given in (columns, ["mod", "row", "w"], ["row", "mod"], ["row", "mod", "w", "q"]):
    add("big", "expect_table_columns_to_match_ordered_list", column_list=given)
    for exact in (True, False):
        add("big", "expect_table_columns_to_match_set", column_set=given, exact_match=exact)
# hostile: missing columns, empty tables, one row
add("people", V + "not_be_null", column="nope")
add("people", C + "mean_to_be_between", column="nope", min_value=0)
add("people", "expect_column_pair_values_to_be_equal", column_A="x", column_B="nope")
add("people", "expect_compound_columns_to_be_unique", column_list=["x", "nope"])
for table in ("empty", "one"):
    add(table, V + "not_be_null", column="f")
    add(table, V + "be_null", column="f")
    add(table, V + "be_between", column="f", min_value=0, max_value=1)
    add(table, V + "be_unique", column="n")
    add(table, V + "be_in_set", column="s", value_set=["a"])
    add(table, V + "be_increasing", column="n", strictly=True)
    add(table, C + "value_lengths_to_equal", column="s", value=1)
    add(table, C + "value_z_scores_to_be_less_than", column="f", threshold=1, double_sided=True)
    add(table, V + "not_be_outliers", column="f")
    add(table, "expect_column_pair_values_to_be_equal", column_A="x", column_B="y")
    add(table, "expect_compound_columns_to_be_unique", column_list=["x", "y"])
    add(table, "expect_multicolumn_sum_to_equal", column_list=["x", "y"], sum_total=2)
    for word in ("min", "max", "mean", "median", "sum", "stdev"):
        add(table, f"{C}{word}_to_be_between", column="f", min_value=0, max_value=10)
    add(table, C + "unique_value_count_to_be_between", column="s", min_value=0, max_value=1)
    add(table, C + "proportion_of_unique_values_to_be_between", column="s", min_value=0.5)
    add(table, C + "distinct_values_to_equal_set", column="s", value_set=["a"])
    add(table, C + "most_common_value_to_be_in_set", column="s", value_set=["a"])
    add(table, C + "quantile_values_to_be_between", column="f", quantile_ranges={"quantiles": [0.5], "value_ranges": [[1, 2]]})
# conditions
for condition in ("n > 2", "n > 2 and s == 'a'", "s.isnull()", "not (n == 5 or f > 1)", "n in [1, 2]", "n not in [1, 2]", "`n` != 5", "s != 'a'", "f == f", "n + 1 > id", "b", "b == False", "-2 < n <= 2", "s.notnull() & n < 5", "n > 100", "(n > 2) | (id < 2)"):
    add("people", V + "be_between", condition == "n > 2", column="id", min_value=2, max_value=6, row_condition=condition, condition_parser="pandas")
add("people", V + "not_be_null", column="f", row_condition="n > 2", condition_parser="pandas")
add("people", V + "be_unique", column="n", row_condition="id > 3", condition_parser="pandas")
add("people", V + "be_increasing", column="inc", row_condition="id != 5", condition_parser="pandas")
add("people", C + "value_z_scores_to_be_less_than", column="n", threshold=1, double_sided=True, row_condition="id > 1", condition_parser="pandas")
add("people", C + "mean_to_be_between", column="n", min_value=0, max_value=3, row_condition="id > 3", condition_parser="pandas")
add("people", C + "distinct_values_to_be_in_set", column="n", value_set=[5], row_condition="n > 4", condition_parser="pandas")
add("people", C + "quantile_values_to_be_between", column="n", quantile_ranges={"quantiles": [0.5], "value_ranges": [[1, 2]]}, row_condition="id > 3", condition_parser="pandas")
add("people", "expect_column_pair_values_to_be_equal", column_A="x", column_B="y", row_condition="n > 1", condition_parser="pandas")
add("people", "expect_compound_columns_to_be_unique", column_list=["n", "five"], row_condition="n > 2", condition_parser="pandas")
add("people", "expect_table_row_count_to_be_between", min_value=1, max_value=4, row_condition="n > 2", condition_parser="pandas")

here = os.path.dirname(os.path.abspath(__file__))
tables = {"people": people, "empty": empty, "one": one, "many": many, "big": big}
with open(os.path.join(here, "cases.json"), "w") as out:
    out.write('{"tables": ' + json.dumps(tables, separators=(",", ":")) + ',\n"cases": [\n')
    out.write(",\n".join(json.dumps(case) for case in cases))
    out.write("\n]}\n")
print(len(cases), "cases")
