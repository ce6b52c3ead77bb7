#!/usr/bin/env node
/* make-table.js - makes botapi/table.c from the package @grammyjs/types (MIT): the names and types
 * of the Bot API, nothing of its text.
 *
 *   node botapi/make-table.js FOLDER >botapi/table.c
 *
 * FOLDER has node_modules/@grammyjs/types and node_modules/typescript (`npm install` makes them;
 * botapi/make-table runs both). What the Bot API's documentation calls one type is one object here,
 * although the package has it as several, as Message.TextMessage. */
"use strict";
const path = require("path");
const fs = require("fs");

const folder = path.resolve(process.argv[2]);
const ts = require(path.join(folder, "node_modules/typescript"));
const types = path.join(folder, "node_modules/@grammyjs/types");
const version = JSON.parse(fs.readFileSync(path.join(types, "package.json"))).version;

/* TypeScript has one type of numbers; these are Float in https://core.telegram.org/bots/api. */
const FLOATS = new Set([
	"corner_radius_percentage", "cover_frame_timestamp", "height_percentage",
	"horizontal_accuracy", "latitude", "longitude", "main_frame_timestamp", "rotation_angle",
	"scale", "width_percentage", "x_percentage", "x_shift", "y_percentage", "y_shift",
]);
/* Float in one object, Integer in others. */
const FLOATS_OF = { InputStoryContentVideo: ["duration"], StarAmount: [] };

/* What the package calls otherwise than the documentation. */
const SAME = { ReplyMessage: "Message" };

const program = ts.createProgram([path.join(types, "mod.d.ts")], {
	strict: true, exactOptionalPropertyTypes: true, noEmit: true, skipLibCheck: true,
	module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext,
	target: ts.ScriptTarget.ESNext,
});
const checker = program.getTypeChecker();
const objects = new Map(); /* name → fields; null while it is being made */
const unions = new Map(); /* name → types; of those that contain themselves, as RichText */

function compare(a, b)
{
	return a < b ? -1 : a > b ? 1 : 0;
}

const fields_count = (type) => checker.getPropertiesOfType(type).length;

/* Message for Message.TextMessage and for the alias of an intersection of it. */
function documented_name(type)
{
	for (const symbol of [type.aliasSymbol, type.symbol]) {
		if (!symbol || symbol.name === "__type")
			continue;
		if (SAME[symbol.name])
			return SAME[symbol.name];
		if (symbol.name === "Omit" || symbol.name === "Exclude")
			return documented_name(type.aliasTypeArguments[0]);
		if (symbol.parent && symbol.parent.flags & ts.SymbolFlags.Namespace &&
		    symbol.parent.name[0] !== '"')
			return symbol.parent.name;
		return symbol.name;
	}
	/* The part that says most, of Update.Edited & Message.TextMessage. */
	if (type.isIntersection())
		return documented_name(type.types.reduce((a, b) => fields_count(b) > fields_count(a) ? b : a));
	return undefined;
}

const is_word = (type) => Boolean(type.flags & (ts.TypeFlags.StringLiteral | ts.TypeFlags.BooleanLiteral |
						ts.TypeFlags.NumberLiteral));
/* string & {}: any text, with some that are proposed. */
const is_text = (type) => type.isIntersection() &&
	type.types.some((part) => part.flags & ts.TypeFlags.String);
const is_object = (type) => (type.isIntersection() && !is_text(type)) ||
	(Boolean(type.flags & ts.TypeFlags.Object) && !checker.isArrayType(type) &&
	 !checker.isTupleType(type));

function declared_type(property)
{
	const declaration = property.declarations[0];

	return declaration.type ? checker.getTypeFromTypeNode(declaration.type)
				: checker.getTypeOfSymbol(property);
}

/* A field of the members that have it: its types put together. */
function merge_fields(members)
{
	const fields = new Map();

	for (const member of members) {
		for (const property of checker.getPropertiesOfType(member)) {
			const type = declared_type(property);
			const field = fields.get(property.name) || { types: [], count: 0 };

			if (type.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Never))
				continue;
			if (!field.types.includes(type))
				field.types.push(type);
			if (!(property.flags & ts.SymbolFlags.Optional))
				field.count++;
			fields.set(property.name, field);
		}
	}
	return fields;
}

/* One of "Integer", …, an object's name, [type], { strings: […] }, or { any: [types] }. */
function describe(name, owner, type)
{
	const number = FLOATS.has(name) || (FLOATS_OF[owner] || []).includes(name) ? "Float" : "Integer";

	if (type.flags & ts.TypeFlags.TypeParameter)
		return type.symbol.name === "F" ? "InputFile" : fail(`parameter ${type.symbol.name}`);
	if (type.flags & ts.TypeFlags.BooleanLiteral)
		return "True";
	if (type.flags & ts.TypeFlags.Boolean)
		return "Boolean";
	if (type.flags & (ts.TypeFlags.Number | ts.TypeFlags.NumberLiteral))
		return number;
	if (type.isStringLiteral())
		return { strings: [type.value] };
	if (is_text(type) || type.flags & (ts.TypeFlags.String | ts.TypeFlags.TemplateLiteral))
		return "String";
	if (type.flags & ts.TypeFlags.Index || type.flags & ts.TypeFlags.Conditional)
		return "String";
	if (checker.isArrayType(type) || checker.isTupleType(type)) {
		const items = checker.getTypeArguments(type).map((item) => describe(name, owner, item));

		return [unite(items)];
	}
	if (type.isUnion() && documented_name(type) && type.types.every((part) => is_object(part)) &&
	    new Set(type.types.map(documented_name)).size === 1)
		return object_of(documented_name(type.types[0]), type.types);
	if (type.isUnion() && type.aliasSymbol && !type.types.every(is_word))
		return union_of(type.aliasSymbol.name, owner, type.types);
	if (type.isUnion())
		return unite(type.types.filter((part) => !(part.flags & ts.TypeFlags.Undefined))
				       .map((part) => describe(name, owner, part)));
	if (is_object(type))
		return object_of(documented_name(type) || fail(`object of ${owner}.${name}`));
	return fail(`${owner}.${name}: ${checker.typeToString(type)}`);
}

function union_of(name, owner, parts)
{
	if (!unions.has(name)) {
		unions.set(name, null);
		unions.set(name, unite(parts.map((part) => describe(name, owner, part))));
	}
	return unions.get(name) && !unions.get(name).any ? unions.get(name) : { union: name };
}

/* One type of several: strings and numbers are put together, doubles left out. */
function unite(parts)
{
	const flat = parts.flatMap((part) => part.any || [part])
		.flatMap((part) => parts.length > 1 && part.union && unions.get(part.union)
			? unions.get(part.union).any : [part]);
	const strings = flat.filter((part) => part.strings).flatMap((part) => part.strings);
	let others = flat.filter((part) => !part.strings);

	if (others.includes("String"))
		strings.length = 0;
	if (others.filter((part) => part === "True").length === 2 && !others.includes("Boolean"))
		others.push("Boolean");
	if (others.includes("Boolean"))
		others = others.filter((part) => part !== "True");
	if (strings.length)
		others.push({ strings: [...new Set(strings)].sort(compare) });
	others = [...new Map(others.map((part) => [JSON.stringify(part), part])).values()];
	others.sort((a, b) => compare(JSON.stringify(a), JSON.stringify(b)));
	return others.length === 1 ? others[0] : { any: others };
}

function fail(what)
{
	throw new Error(`cannot read ${what}`);
}

/* All members of a documented type, wherever one of them is named first. */
function members_of(name)
{
	for (const file of program.getSourceFiles()) {
		if (!file.fileName.startsWith(types) && !file.fileName.includes("@grammyjs/types"))
			continue;
		const module_symbol = checker.getSymbolAtLocation(file);

		for (const symbol of module_symbol ? checker.getExportsOfModule(module_symbol) : []) {
			if (symbol.name !== name || !(symbol.flags & ts.SymbolFlags.Type))
				continue;
			const type = checker.getDeclaredTypeOfSymbol(symbol);
			const parts = type.isUnion() ? type.types : [type];
			const inner = symbol.exports
				? [...symbol.exports.values()].filter((s) => s.flags & ts.SymbolFlags.Type)
				: [];

			/* The variants of an interface have required what it has as optional. */
			if (!type.isUnion())
				return [type];
			return parts.every((part) => is_object(part) &&
					   documented_name(part) === name) || inner.length === 0
				? parts : parts;
		}
	}
	return undefined;
}

function object_of(name, members)
{
	if (!objects.has(name)) {
		objects.set(name, null);
		const list = members_of(name) || members || fail(`object ${name}`);
		const own = list.filter((member) => is_object(member) &&
					documented_name(member) === name);

		objects.set(name, fields_of(name, own.length ? own : list));
	}
	return name;
}

function fields_of(owner, members)
{
	return [...merge_fields(members)].map(([name, field]) => ({
		name,
		type: unite(field.types.map((type) => describe(name, owner, type))),
		required: field.count === members.length,
	})).sort((a, b) => compare(a.name, b.name));
}

function read_methods()
{
	const file = program.getSourceFile(path.join(types, "methods.d.ts"));
	const api = checker.getExportsOfModule(checker.getSymbolAtLocation(file))
			   .find((symbol) => symbol.name === "ApiMethods");
	const type = checker.getDeclaredTypeOfSymbol(api);

	return checker.getPropertiesOfType(type).map((property) => {
		let call = checker.getTypeOfSymbol(property);
		const signature = checker.getSignaturesOfType(call, ts.SignatureKind.Call)[0];
		const parameter = signature.parameters[0];
		let members = [];

		if (parameter) {
			const args = declared_type(parameter);

			members = args.isUnion() ? args.types.filter((part) => is_object(part)) : [args];
		}
		return {
			name: property.name,
			fields: members.length ? fields_of(property.name, members) : [],
			result: describe("result", property.name, signature.getReturnType()),
		};
	}).sort((a, b) => compare(a.name.toLowerCase(), b.name.toLowerCase()));
}

const methods = read_methods();

object_of("Update");
const names = [...objects.keys()].sort(compare);

/* --- writing ----------------------------------------------------------------------------------- */

const KINDS = {
	Integer: "BOTAPI_INTEGER", Float: "BOTAPI_FLOAT", Boolean: "BOTAPI_BOOLEAN",
	True: "BOTAPI_TRUE", String: "BOTAPI_STRING", InputFile: "BOTAPI_FILE",
};
const table = []; /* struct botapi_type */
const known = new Map();
const strings = [];
const alternatives = [];
const fields = [];

function any_row(types)
{
	const list = types.map(add_type);

	alternatives.push(...list);
	return `{ BOTAPI_ANY, ${alternatives.length - list.length}, ${list.length} }`;
}

function add_type(type)
{
	const key = JSON.stringify(type);

	if (known.has(key))
		return known.get(key);
	if (type.union) {
		const index = table.length;

		known.set(key, index);
		table.push("");
		table[index] = `/* ${type.union} */ ${any_row(unions.get(type.union).any)},`;
		return index;
	}
	let row;

	if (typeof type === "string" && KINDS[type]) {
		row = `{ ${KINDS[type]}, 0, 0 }`;
	} else if (typeof type === "string") {
		row = `{ BOTAPI_OBJECT, ${names.indexOf(type)}, 1 }`;
	} else if (Array.isArray(type)) {
		row = `{ BOTAPI_ARRAY, ${add_type(type[0])}, 1 }`;
	} else if (type.strings) {
		row = `{ BOTAPI_WORD, ${strings.length}, ${type.strings.length} }`;
		strings.push(...type.strings);
	} else {
		row = any_row(type.any);
	}
	known.set(key, table.length);
	table.push(`${row},`);
	return table.length - 1;
}

function add_fields(owner, list)
{
	const first = fields.length;

	list.forEach((field, i) => fields.push(
		`${i ? "" : `/* ${owner} */ `}{ "${field.name}", ${add_type(field.type)}, ` +
		`${field.required ? "true" : "false"} },`));
	return `${first}, ${list.length}`;
}

Object.keys(KINDS).forEach(add_type);
const method_rows = methods.map((method) =>
	`{ "${method.name}", ${add_fields(method.name, method.fields)}, ${add_type(method.result)} },`);
const object_rows = names.map((name) => `{ "${name}", ${add_fields(name, objects.get(name))} },`);

/* As many rows in a line as fit; one with a comment begins a line. */
function print_array(declaration, rows)
{
	let line = "";
	let text = "";

	for (const row of rows) {
		if (line && (8 + line.length + 1 + row.length > 100 || row.startsWith("/*"))) {
			text += `\t${line}\n`;
			line = "";
		}
		line += (line ? " " : "") + row;
	}
	console.log(`const ${declaration} = {\n${text}\t${line}\n};\n`);
}

console.log(`/* table.c - the methods, objects and types of the Bot API; see botapi.h. Made by
 * botapi/make-table from @grammyjs/types ${version}; change that and not this. */
/* clang-format off */
#include "botapi/botapi.h"
`);
console.log(`const char botapi_source[] = "@grammyjs/types ${version}";\n`);
print_array("struct botapi_type botapi_types[]", table);
print_array("uint16_t botapi_alternatives[]", alternatives.map((index) => `${index},`));
print_array("char *const botapi_words[]", strings.map((text) => `${JSON.stringify(text)},`));
print_array("struct botapi_field botapi_fields[]", fields);
print_array("struct botapi_object botapi_objects[]", object_rows);
print_array("struct botapi_method botapi_methods[]", method_rows);
console.log(`const size_t botapi_objects_count = ${names.length};`);
console.log(`const size_t botapi_methods_count = ${methods.length};`);
