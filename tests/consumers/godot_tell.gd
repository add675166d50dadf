# SPDX-License-Identifier: Apache-2.0
# Says what Godot's importer made of res://character.glb, as one line of JSON after GEN3D_JSON.
# Run by godot.py. Lengths are metres; vertices are skinned here as Godot's renderer does it:
# global pose of the bone that a bind names, times the bind.
extends SceneTree

const PARTS = 4


func _initialize():
	var scene = load("res://character.glb").instance()
	get_root().add_child(scene)
	print("GEN3D_JSON " + to_json(described(scene)))
	scene.free()
	quit()


func described(scene):
	var skeleton = every(scene, "Skeleton")[0]
	var meshes = every(scene, "MeshInstance")
	var player = every(scene, "AnimationPlayer")
	var answer = {
		"bones": {}, "places": {}, "meshes": {}, "clips": {}, "posed": {},
		"rest": bounds(meshes, skeleton),
	}
	for bone in skeleton.get_bone_count():
		var parent = skeleton.get_bone_parent(bone)
		var name = skeleton.get_bone_name(bone)
		answer.bones[name] = skeleton.get_bone_name(parent) if parent >= 0 else ""
		answer.places[name] = listed(skeleton.get_bone_global_pose(bone).origin)
	for instance in meshes:
		answer.meshes[instance.name] = mesh_told(instance.mesh)
	for one in player:
		for clip in one.get_animation_list():
			var length = one.get_animation(clip).length
			answer.clips[clip] = length
			one.play(clip)
			one.seek(length * 5.0 / 6.0, true)
			answer.posed[clip] = bounds(meshes, skeleton)
	return answer


func every(node, kind):
	var found = [node] if node.is_class(kind) else []
	for child in node.get_children():
		found += every(child, kind)
	return found


func mesh_told(mesh):
	var told = {"surfaces": [], "shapes": []}
	for shape in mesh.get_blend_shape_count():
		told.shapes.append(mesh.get_blend_shape_name(shape))
	for surface in mesh.get_surface_count():
		var arrays = mesh.surface_get_arrays(surface)
		var material = mesh.surface_get_material(surface)
		var moved = []
		for shape in mesh.surface_get_blend_shape_arrays(surface):
			moved.append(furthest(arrays[Mesh.ARRAY_VERTEX], shape[Mesh.ARRAY_VERTEX]))
		told.surfaces.append({
			"vertices": arrays[Mesh.ARRAY_VERTEX].size(),
			"triangles": arrays[Mesh.ARRAY_INDEX].size() / 3,
			"texture_px": material.albedo_texture.get_width() if material.albedo_texture else 0,
			"normal_map": material.normal_texture != null,
			"shapes_move": moved,
		})
	return told


func furthest(base, shape):
	var most = 0.0
	for vertex in base.size():
		most = max(most, base[vertex].distance_to(shape[vertex]))
	return most


func bounds(meshes, skeleton):
	var low = Vector3(1e9, 1e9, 1e9)
	var high = -low
	for instance in meshes:
		var moves = moves_of(instance.skin, skeleton)
		for surface in instance.mesh.get_surface_count():
			var arrays = instance.mesh.surface_get_arrays(surface)
			var verts = arrays[Mesh.ARRAY_VERTEX]
			var bones = arrays[Mesh.ARRAY_BONES]
			var weights = arrays[Mesh.ARRAY_WEIGHTS]
			for vertex in verts.size():
				var point = Vector3()
				for slot in range(vertex * PARTS, vertex * PARTS + PARTS):
					if weights[slot] > 0.0:
						point += weights[slot] * moves[int(bones[slot])].xform(verts[vertex])
				low = Vector3(min(low.x, point.x), min(low.y, point.y), min(low.z, point.z))
				high = Vector3(max(high.x, point.x), max(high.y, point.y), max(high.z, point.z))
	return {"low": listed(low), "high": listed(high)}


func moves_of(skin, skeleton):
	var moves = []
	for bind in skin.get_bind_count():
		var bone = skin.get_bind_bone(bind)
		if bone < 0:
			bone = skeleton.find_bone(skin.get_bind_name(bind))
		moves.append(skeleton.get_bone_global_pose(bone) * skin.get_bind_pose(bind))
	return moves


func listed(vector):
	return [vector.x, vector.y, vector.z]
